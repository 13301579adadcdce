// The scrypt recipient type (c2sp.org/age): a passphrase, which is alone in its header.
import { scrypt } from 'node:crypto'
import { crypto } from '#crypto'
import { concatBytes, expectInteger, expectOptions, UnavailableError, UsageError, utf8 } from '../../../core/index.js'
import { withSecret } from '../../keys/secret-bytes.js'
import { decodeRawOf, encodeRaw } from './base64.js'
import { malformed } from './failures.js'
import type { AgeIdentity, AgeRecipient, AgeStanza } from './stanza.js'
import { assertWrapped, unwrapFileKey, wrapFileKey } from './wrap-key.js'

export const scryptType = 'scrypt'
const label = utf8('age-encryption.org/v1/scrypt')
const saltBytes = 16
const blockSize = 8

export interface AgePassphraseOptions {
  /** Binary logarithm of the work to encrypt with, 14 to 22; memory of 2^n KiB. Default 18, as the age command. */
  readonly workFactor?: number
  /** The most that a file may ask for when it is decrypted, 1 to 22. Default 20: a gibibyte of memory. */
  readonly maxWorkFactor?: number
}

/**
 * Both a recipient, which must be the only one, and an identity. Text is used as it is, in UTF-8.
 * @throws UsageError ERR_USAGE_OPTION
 */
export function agePassphrase(passphrase: string, options: AgePassphraseOptions = {}): AgeRecipient & AgeIdentity {
  const { workFactor = 18, maxWorkFactor = 20 } = expectOptions(
    options,
    ['workFactor', 'maxWorkFactor'],
    'agePassphrase'
  )
  expectInteger(workFactor, [14, 22], 'workFactor')
  expectInteger(maxWorkFactor, [1, 22], 'maxWorkFactor')
  if (typeof passphrase !== 'string' || passphrase === '' || passphrase.length > 1024) {
    throw new UsageError('ERR_USAGE_OPTION', 'passphrase: expected a string of 1 to 1024 characters')
  }
  const secret = utf8(passphrase)
  return {
    // One of its own each: no two of them go together, nor with anything else.
    labels: [`alone ${encodeRaw(crypto.randomBytes(saltBytes))}`],
    wrap: async (fileKey) => [await wrap(secret, workFactor, fileKey)],
    unwrap: (stanzas) => unwrap(secret, maxWorkFactor, stanzas)
  }
}

async function wrap(secret: Uint8Array, workFactor: number, fileKey: Uint8Array): Promise<AgeStanza> {
  const salt = crypto.randomBytes(saltBytes)
  const body = await withSecret(await stretch(secret, salt, workFactor), (key) => wrapFileKey(key, fileKey))
  return { args: [scryptType, encodeRaw(salt), String(workFactor)], body }
}

async function unwrap(
  secret: Uint8Array,
  maxWorkFactor: number,
  stanzas: readonly AgeStanza[]
): Promise<Uint8Array | undefined> {
  const [stanza] = stanzas
  if (stanza?.args[0] !== scryptType) return undefined
  const { salt, workFactor } = parseArguments(stanza.args, maxWorkFactor)
  assertWrapped(stanza.body)
  return withSecret(await stretch(secret, salt, workFactor), (key) => unwrapFileKey(key, stanza.body))
}

/** @throws SealError ERR_SEALED_FORMAT, for more work than the caller allows too */
function parseArguments(args: readonly string[], maxWorkFactor: number): { salt: Uint8Array; workFactor: number } {
  const [, salt = '', work = ''] = args
  if (args.length !== 3 || !/^[1-9][0-9]*$/.test(work))
    throw malformed('scrypt stanza: expected a salt and a work factor')
  if (Number(work) > maxWorkFactor)
    throw malformed(`scrypt stanza: work factor ${work.slice(0, 20)} is more than ${maxWorkFactor}`)
  return { salt: decodeRawOf(salt, saltBytes, 'salt of a scrypt stanza'), workFactor: Number(work) }
}

function stretch(secret: Uint8Array, salt: Uint8Array, workFactor: number): Promise<Uint8Array> {
  const cost = { N: 2 ** workFactor, r: blockSize, p: 1, maxmem: 2 ** workFactor * blockSize * 128 + (1 << 20) }
  return new Promise((resolve, reject) => {
    scrypt(secret, concatBytes(label, salt), 32, cost, (cause, key) => {
      if (cause === null) resolve(key)
      else
        reject(
          new UnavailableError('ERR_CRYPTO_UNSUPPORTED', 'scrypt: not possible here, perhaps for want of memory', {
            cause
          })
        )
    })
  })
}
