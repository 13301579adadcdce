// What the simulator remembers: the secret of its chip and the keys of its vendor, so that policies made from its evidence keep
// working after a restart.
import { createHash, createPrivateKey, type KeyObject, randomBytes } from 'node:crypto'
import { fromHex, isHex, isPlainObject, toHex, UsageError } from '../../core/index.js'
import type { SnpProduct } from '../../evidence/index.js'
import type { Chip } from './chip.js'
import { createVendorKeys, type VendorKeys } from './rsa-keys.js'

export interface SimulatorState {
  readonly chip: Chip
  readonly keys: VendorKeys
}

export async function createState(product: SnpProduct): Promise<SimulatorState> {
  return { chip: { product, secret: new Uint8Array(randomBytes(32)) }, keys: await createVendorKeys() }
}

const format = 'tresor-simulator/1'
const keyNames = ['ark', 'ask', 'asvk'] as const

/** The state as one line of JSON with a checksum. */
export function encodeState({ chip, keys }: SimulatorState): string {
  const body = {
    format,
    product: chip.product,
    secret: toHex(chip.secret),
    ark: encodeKey(keys.ark),
    ask: encodeKey(keys.ask),
    asvk: encodeKey(keys.asvk)
  }
  return `${JSON.stringify({ ...body, checksum: checksumOf(body) })}\n`
}

/** @throws UsageError ERR_USAGE_SIMULATOR for anything that `encodeState` did not write */
export function parseState(text: string, product: SnpProduct, path: string): SimulatorState {
  const fields = parseFields(text, path)
  if (fields.format !== format) throw broken(path, `expected the format ${format}`)
  if (fields.product !== product) throw broken(path, `expected a chip of product ${product}`)
  const { checksum, ...body } = fields
  if (checksum !== checksumOf(body)) throw broken(path, 'the checksum does not match its content')
  const secret = fields.secret
  if (secret === undefined || secret.length !== 64 || !isHex(secret))
    throw broken(path, 'expected a secret of 32 bytes')
  const [ark, ask, asvk] = keyNames.map((name) => parseKey(fields[name], path)) as [KeyObject, KeyObject, KeyObject] // three names
  return { chip: { product, secret: fromHex(secret) }, keys: { ark, ask, asvk } }
}

/** An error about the state in `path`. */
export function broken(path: string, reason: string, cause?: unknown): UsageError {
  const details = {
    field: 'directory',
    path,
    remedy: 'remove the file, or name another directory; its chip is then a new one'
  }
  return new UsageError('ERR_USAGE_SIMULATOR', `simulator state ${path}: ${reason}`, { cause, details })
}

function parseFields(text: string, path: string): Readonly<Record<string, string>> {
  const value = parseJson(text, path)
  if (!isPlainObject(value)) throw broken(path, 'expected an object')
  if (!Object.values(value).every((field) => typeof field === 'string')) throw broken(path, 'expected strings only')
  return value as Readonly<Record<string, string>> // checked above
}

function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw broken(path, 'expected JSON', error)
  }
}

function checksumOf(body: object): string {
  return createHash('sha256').update(JSON.stringify(body)).digest('hex')
}

function encodeKey(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'der' }).toString('base64')
}

function parseKey(text: string | undefined, path: string): KeyObject {
  try {
    return createPrivateKey({ key: Buffer.from(text ?? '', 'base64'), format: 'der', type: 'pkcs8' })
  } catch (error) {
    throw broken(path, 'expected three private keys', error)
  }
}
