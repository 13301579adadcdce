// What the simulated platform remembers in a directory: two secrets, from which all its keys follow. Whoever comes first makes them.
import { createHash, randomBytes } from 'node:crypto'
import { mkdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { fromHex, isHex, isPlainObject, toHex } from '../../../core/index.js'
import { isErrnoFailure } from '../../errno.js'
import { publishOnce } from '../publish.js'
import { broken } from '../state.js'

export interface IntelSecrets {
  /** 32 bytes each. */
  readonly vendor: Uint8Array
  readonly platform: Uint8Array
}

const format = 'tresor-simulator-tdx/1'
const maxStateBytes = 4096

export function createIntelSecrets(): IntelSecrets {
  return { vendor: new Uint8Array(randomBytes(32)), platform: new Uint8Array(randomBytes(32)) }
}

/**
 * The secrets in `directory`, made if there are none.
 * @throws UsageError ERR_USAGE_SIMULATOR when they are damaged, or the directory cannot be used
 */
export async function openIntelSecrets(directory: string): Promise<IntelSecrets> {
  const path = join(directory, 'tdx.json')
  try {
    return (await readSecrets(path)) ?? (await makeSecrets(directory, path))
  } catch (error) {
    if (isErrnoFailure(error)) throw broken(path, `cannot be read or written (${error.code})`, error)
    throw error
  }
}

async function makeSecrets(directory: string, path: string): Promise<IntelSecrets> {
  await mkdir(directory, { recursive: true, mode: 0o700 })
  await publishOnce(path, encodeSecrets(createIntelSecrets()))
  const secrets = await readSecrets(path)
  if (secrets === undefined) throw broken(path, 'it disappeared just after it was written')
  return secrets
}

async function readSecrets(path: string): Promise<IntelSecrets | undefined> {
  try {
    if ((await stat(path)).size > maxStateBytes) throw broken(path, `expected at most ${maxStateBytes} bytes`)
    return parseSecrets(await readFile(path, 'utf8'), path)
  } catch (error) {
    if (isErrnoFailure(error) && error.code === 'ENOENT') return undefined
    throw error
  }
}

function encodeSecrets({ vendor, platform }: IntelSecrets): string {
  const body = { format, vendor: toHex(vendor), platform: toHex(platform) }
  return `${JSON.stringify({ ...body, checksum: checksumOf(body) })}\n`
}

function parseSecrets(text: string, path: string): IntelSecrets {
  const { checksum, ...body } = parseFields(text, path)
  if (body.format !== format) throw broken(path, `expected the format ${format}`)
  if (checksum !== checksumOf(body)) throw broken(path, 'the checksum does not match its content')
  return { vendor: parseSecret(body.vendor, path), platform: parseSecret(body.platform, path) }
}

function parseFields(text: string, path: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text)
    if (isPlainObject(value)) return value
  } catch (error) {
    throw broken(path, 'expected JSON', error)
  }
  throw broken(path, 'expected an object')
}

function parseSecret(value: unknown, path: string): Uint8Array {
  if (typeof value === 'string' && value.length === 64 && isHex(value)) return fromHex(value)
  throw broken(path, 'expected secrets of 32 bytes')
}

function checksumOf(body: object): string {
  return createHash('sha256').update(JSON.stringify(body)).digest('hex')
}
