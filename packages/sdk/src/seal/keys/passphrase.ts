// A slot that a passphrase opens: scrypt (RFC 7914) with parameters that stand in the slot, within bounds that we set.
import { scrypt } from 'node:crypto'
import { crypto } from '#crypto'
import { expectBytes, expectInteger, expectOptions, UnavailableError, type UsageError } from '../../core/index.js'
import type { KeySource, Stanza, WrapContext } from './key-source.js'
import { copySecret, withSecret } from './secret-bytes.js'
import {
  bindingOf,
  encodeParameters,
  expectBytesIn,
  expectIntegerIn,
  keyBytes,
  malformed,
  parseParameters,
  unopened
} from './stanza.js'
import { unwrapSecret, wrapSecret } from './wrap-secret.js'

export interface PassphraseOptions {
  /**
   * Binary logarithm of scrypt's N, 14 to 20: memory of 2^logN KiB and time in proportion. Default 17. A slot that asks for more than this, and
   * more than 18, is refused: say the same when you open as when you create.
   */
  readonly logN?: number
}

const kind = 'passphrase'
const [minLogN, maxLogN] = [14, 20]
/** What a slot may ask for whatever the caller says: 256 MiB, about a second. */
const modestLogN = 18
const blockSize = 8
const saltBytes = 16

interface Cost {
  readonly logN: number
  readonly salt: Uint8Array
}

/**
 * Text is taken in Unicode normal form C as UTF-8, so that it is the same however it was typed; bytes are taken as they are. A passphrase is
 * as strong as it is hard to guess: whoever has the disk may try as often as they like.
 * @throws UsageError ERR_USAGE_OPTION
 */
export function passphrase(secret: string | Uint8Array, options: PassphraseOptions = {}): KeySource {
  const { logN = 17 } = expectOptions(options, ['logN'], 'passphrase')
  expectInteger(logN, [minLogN, maxLogN], 'logN')
  const bytes = bytesOf(secret)
  return {
    kind,
    survival: 'durable',
    wrap: (key, context) => wrap(bytes, { logN, salt: crypto.randomBytes(saltBytes) }, key, context),
    unwrap: (stanza, context) => unwrap(bytes, Math.max(logN, modestLogN), stanza, context)
  }
}

function bytesOf(secret: string | Uint8Array): Uint8Array {
  const bytes = typeof secret === 'string' ? new TextEncoder().encode(secret.normalize('NFC')) : secret
  return copySecret(expectBytes(bytes, [1, 1024], 'passphrase'))
}

async function wrap(secret: Uint8Array, cost: Cost, key: Uint8Array, context: WrapContext): Promise<Stanza> {
  const { logN, salt } = cost
  const parameters = encodeParameters({ kdf: 'scrypt', 'log-n': logN, r: blockSize, p: 1, salt })
  const binding = bindingOf(kind, parameters, context)
  const body = await withSecret(await stretch(secret, cost), (kek) => wrapSecret(kek, key, binding))
  return { kind, parameters, body }
}

/** A passphrase cannot tell a slot of another from its own that was changed. */
async function unwrap(
  secret: Uint8Array,
  mostLogN: number,
  stanza: Stanza,
  context: WrapContext
): Promise<Uint8Array | undefined> {
  if (stanza.kind !== kind) return undefined
  const cost = parseCost(stanza, mostLogN)
  const binding = bindingOf(kind, stanza.parameters, context)
  const key = await withSecret(await stretch(secret, cost), (kek) => unwrapSecret(kek, stanza.body, binding, keyBytes))
  if (key === undefined) throw unopened(kind, 'the passphrase does not open it')
  return key
}

/** The bounds keep a hostile disk from asking for all memory or for hours. */
function parseCost(stanza: Stanza, mostLogN: number): Cost {
  const parameters = parseParameters(stanza, ['kdf', 'log-n', 'r', 'p', 'salt'])
  if (parameters.get('kdf') !== 'scrypt') throw malformed(kind, 'another function than scrypt')
  expectIntegerIn(stanza, parameters.get('r'), blockSize, blockSize)
  expectIntegerIn(stanza, parameters.get('p'), 1, 1)
  return {
    logN: expectIntegerIn(stanza, parameters.get('log-n'), minLogN, mostLogN),
    salt: expectBytesIn(stanza, parameters.get('salt'), saltBytes)
  }
}

function stretch(secret: Uint8Array, { logN, salt }: Cost): Promise<Uint8Array> {
  const cost = { N: 2 ** logN, r: blockSize, p: 1, maxmem: 2 ** logN * blockSize * 128 + (1 << 20) }
  return new Promise((resolve, reject) => {
    scrypt(secret, salt, keyBytes, cost, (error, key) => {
      if (error === null) resolve(key)
      else reject(explain(error))
    })
  })
}

function explain(cause: Error): UnavailableError | UsageError {
  return new UnavailableError('ERR_CRYPTO_UNSUPPORTED', 'scrypt: not possible here, perhaps for want of memory', {
    cause
  })
}
