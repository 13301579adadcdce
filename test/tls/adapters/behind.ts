// A server of another protocol on a Unix socket, behind an attested one.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { connect as netConnect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { createServer } from '../../../packages/sdk/src/tls/raw/index.js'

type Attestation = Parameters<typeof createServer>[0]['attestation']

/** An attested server that passes everything on to `path`, in both directions, with ends and failures. */
export function serveBehind(path: string, attestation: Attestation): ReturnType<typeof createServer> {
  return createServer({ attestation, allowHalfOpen: true }, (socket) => {
    const inner = netConnect({ path, allowHalfOpen: true })
    socket.pipe(inner).pipe(socket)
    socket.on('close', () => inner.destroy()).on('error', () => inner.destroy())
    inner.on('error', () => socket.destroy())
  })
}

export interface Running {
  /** Of the Unix socket. */
  readonly path: string
  stop(): Promise<void>
}

/** Redis in a folder of its own, with nothing on disk. */
export async function startRedis(): Promise<Running> {
  const folder = mkdtempSync(join(tmpdir(), 'tresor-redis-'))
  const path = join(folder, 'redis.sock')
  const child = spawn('redis-server', ['--port', '0', '--unixsocket', path, '--dir', folder, '--save', ''], quiet)
  return running(folder, path, child)
}

/** PostgreSQL with a cluster of its own. It refuses to run as root, so root lends it the account of Debian's package. */
export async function startPostgres(): Promise<Running> {
  const folder = mkdtempSync(join(tmpdir(), 'tresor-postgres-'))
  const account = process.getuid?.() === 0 ? accountOf('postgres') : {}
  if (account.uid !== undefined && account.gid !== undefined) chownSync(folder, account.uid, account.gid)
  const options = { ...quiet, ...account, cwd: folder, env: { ...process.env, LC_ALL: 'C' } }
  const data = join(folder, 'data')
  execFileSync(program('initdb'), ['-D', data, '-U', 'shop', '-A', 'trust', '--no-sync'], options)
  const settings = ['fsync=off', 'listen_addresses=', `unix_socket_directories=${folder}`].flatMap((one) => ['-c', one])
  const child = spawn(program('postgres'), ['-D', data, ...settings], {
    ...options,
    stdio: ['ignore', 'ignore', 'pipe']
  })
  const begun = hears(child.stderr, 'ready to accept connections') // it listens before it serves
  return running(folder, join(folder, '.s.PGSQL.5432'), child, begun)
}

const quiet = { stdio: 'ignore' } as const

async function running(
  folder: string,
  path: string,
  child: ChildProcess,
  begun: Promise<unknown> = Promise.resolve()
): Promise<Running> {
  const ended = once(child, 'exit')
  const stop = async (): Promise<void> => {
    child.kill('SIGINT') // to PostgreSQL: do not wait for clients
    await ended
    rmSync(folder, { recursive: true, force: true })
  }
  for (let i = 0; i < 100; i++) {
    if (await accepts(path)) return begun.then(() => ({ path, stop }))
    await sleep(50)
  }
  await stop()
  throw new Error(`${child.spawnfile} does not listen on ${path}`)
}

async function hears(log: Readable, words: string): Promise<void> {
  let text = ''
  for await (const chunk of log.setEncoding('utf8').iterator({ destroyOnReturn: false })) {
    text += chunk
    if (text.includes(words)) break
  }
  log.resume()
}

async function accepts(path: string): Promise<boolean> {
  const socket = netConnect({ path })
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}

function accountOf(name: string): { readonly uid?: number; readonly gid?: number } {
  const idOf = (flag: string): number => Number(execFileSync('id', [flag, name], { encoding: 'utf8' }))
  return { uid: idOf('-u'), gid: idOf('-g') }
}

/** Debian keeps the programs of PostgreSQL off PATH, in a folder for each version. */
function program(name: string): string {
  const base = '/usr/lib/postgresql'
  const versions = existsSync(base) ? readdirSync(base).sort((a, b) => Number(b) - Number(a)) : []
  return versions.map((version) => join(base, version, 'bin', name)).find(existsSync) ?? name
}
