// RSA keys of fake vendors, made once per machine: 4096 bits take a second each, and every test file wants some.
import { createPrivateKey, type KeyObject } from 'node:crypto'
import { lstat, mkdir, readFile } from 'node:fs/promises'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { createRsaKey, publishOnce } from '../attest/simulator/index.js'
import { UsageError } from '../core/index.js'

/** The key called `name`, from the cache of this user below the system's temporary directory. For tests only. */
export async function testRsaKey(name: string): Promise<KeyObject> {
  const path = join(await cacheDirectory(), `rsa4096-${name}.pem`)
  return (await readKey(path)) ?? (await makeKey(path))
}

async function cacheDirectory(): Promise<string> {
  const { uid } = userInfo()
  const path = join(tmpdir(), `tresor-test-keys-${uid}`)
  await mkdir(path, { recursive: true, mode: 0o700 })
  const found = await lstat(path)
  if (found.isDirectory() && found.uid === uid) return path
  throw new UsageError('ERR_USAGE_FILE', `${path}: expected a directory of this user`, { details: { field: path } })
}

async function makeKey(path: string): Promise<KeyObject> {
  const made = await createRsaKey()
  await publishOnce(path, made.export({ type: 'pkcs8', format: 'pem' }).toString())
  return (await readKey(path)) ?? made
}

async function readKey(path: string): Promise<KeyObject | undefined> {
  const text = await readFile(path, 'utf8').catch(() => undefined)
  return text === undefined ? undefined : createPrivateKey(text)
}
