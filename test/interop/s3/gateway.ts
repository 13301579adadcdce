// A real S3 server: Versity's gateway on a folder, built from its Go module. Builds stay in .cache/interop.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { S3Client } from '@aws-sdk/client-s3'
import { missingParts, skipNote } from '../../support/system-parts.js'

const here = import.meta.dirname
const program = join(here, '../../../.cache/interop/versitygw')
const maxBuildMs = 900_000
const credentials = { accessKeyId: 'tresor', secretAccessKey: 'tresor-secret' }

export interface Gateway {
  readonly client: S3Client
  readonly bucket: string
  stop(): Promise<void>
}

/** Goes behind the name of what needs it. */
export const gatewaySkipNote: string = skipNote(missingParts(['go']))

/** @throws Error where it does not compile */
export function buildGateway(): void {
  const args = ['build', '-mod=readonly', '-trimpath', '-o', program, 'github.com/versity/versitygw/cmd/versitygw']
  const { status, error, stderr } = spawnSync('go', args, { cwd: here, timeout: maxBuildMs, encoding: 'utf8' })
  if (status !== 0) throw new Error(`go build: ${error?.message ?? stderr}`)
}

export async function startGateway(): Promise<Gateway> {
  const folder = mkdtempSync(join(tmpdir(), 'tresor-s3-'))
  const bucket = 'tresor-tests'
  mkdirSync(join(folder, bucket))
  const port = await freePort()
  const { accessKeyId, secretAccessKey } = credentials
  const args = ['--access', accessKeyId, '--secret', secretAccessKey, '--port', `127.0.0.1:${port}`, 'posix', folder]
  const child = spawn(program, args, { stdio: 'ignore' })
  const ended = once(child, 'exit')
  const client = new S3Client({
    endpoint: `http://127.0.0.1:${port}`,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials
  })
  await accepts(port)
  const stop = async (): Promise<void> => {
    client.destroy()
    child.kill('SIGKILL')
    await ended
    rmSync(folder, { recursive: true, force: true })
  }
  return { client, bucket, stop }
}

async function accepts(port: number): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    const socket = connect(port, '127.0.0.1')
    const isOpen = await once(socket, 'connect').then(
      () => true,
      () => false
    )
    socket.destroy()
    if (isOpen) return
    await sleep(50)
  }
  throw new Error('the gateway does not listen')
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}
