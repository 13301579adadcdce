// Reads age files (c2sp.org/age), armored or not.
import { equalBytes, expectOptions, SealError, UnavailableError, UsageError } from '../../../core/index.js'
import { loadAead } from '../../../native/index.js'
import { withSecret } from '../../keys/secret-bytes.js'
import { ByteQueue } from '../byte-queue.js'
import { type ByteSource, openChunks } from '../chunk-stream.js'
import { collect } from '../collect.js'
import { decodeArmor, startsWithArmor } from './armor.js'
import { malformed, payloadFailures } from './failures.js'
import { importPayloadKey, macOf } from './file-keys.js'
import type { AgeHeader } from './header.js'
import { readHeader } from './read-header.js'
import { expectIdentities } from './recipients.js'
import { scryptType } from './scrypt.js'
import { type AgeIdentity, fileKeyBytes } from './stanza.js'

export interface DecryptAgeOptions {
  /** Tried one after the other: `AGE-SECRET-KEY-1…`, `agePassphrase(…)`, `ageKeySource(…)`, or an identity of your own. */
  readonly identities: readonly (string | AgeIdentity)[]
}

const nonceBytes = 16

/**
 * The whole plaintext, or nothing of it.
 * @throws SealError ERR_SEALED_FORMAT, ERR_SEALED_NO_KEY, ERR_SEALED_KEY, ERR_SEALED_AUTH, ERR_SEALED_TRUNCATED
 * @example
 * const bytes = await decryptAge(file, { identities: ['AGE-SECRET-KEY-1…'] })
 */
export async function decryptAge(file: Uint8Array, options: DecryptAgeOptions): Promise<Uint8Array> {
  if (!(file instanceof Uint8Array)) throw new UsageError('ERR_USAGE_OPTION', 'file: expected a Uint8Array')
  return collect(decryptAgeStream([file], options))
}

/**
 * The plaintext as it comes. All that is given out is genuine; that nothing is missing is certain at the end only, so keep nothing of what a
 * stream gave that has failed.
 * @throws SealError as `decryptAge`
 */
export function decryptAgeStream(source: ByteSource, options: DecryptAgeOptions): AsyncGenerator<Uint8Array> {
  expectOptions(options, ['identities'], 'decryptAge')
  return decrypt(new ByteQueue(source), expectIdentities(options.identities))
}

async function* decrypt(source: ByteQueue, identities: readonly AgeIdentity[]): AsyncGenerator<Uint8Array> {
  const isArmored = await startsWithArmor(source)
  const queue = isArmored ? new ByteQueue(decodeArmor(source)) : source
  try {
    const header = await readHeader(queue)
    const nonce = (await queue.peek(nonceBytes)).slice(0, nonceBytes)
    if (nonce.length < nonceBytes) throw malformed('it ends before the nonce of its payload')
    queue.skip(nonceBytes)
    const aead = await loadAead()
    const cipher = await withSecret(await openHeader(header, identities), (fileKey) =>
      importPayloadKey(aead, fileKey, nonce)
    )
    try {
      yield* openChunks(aead, cipher, queue.rest(), payloadFailures)
    } finally {
      cipher.wipe()
    }
  } finally {
    await queue.close()
    if (isArmored) await source.close()
  }
}

/** The key of the file, once it has shown that the header is as it was written. The caller wipes it. */
async function openHeader(header: AgeHeader, identities: readonly AgeIdentity[]): Promise<Uint8Array> {
  if (header.stanzas.length > 1 && header.stanzas.some(({ args }) => args[0] === scryptType)) {
    throw malformed('a passphrase has to be alone in a header')
  }
  const fileKey = await unwrap(header, identities)
  if (!equalBytes(await macOf(fileKey, header.authenticated), header.mac)) {
    fileKey.fill(0)
    throw new SealError('ERR_SEALED_AUTH', 'age file: its header was changed')
  }
  return fileKey
}

async function unwrap({ stanzas }: AgeHeader, identities: readonly AgeIdentity[]): Promise<Uint8Array> {
  const failures: (SealError | UnavailableError)[] = []
  for (const identity of identities) {
    try {
      const fileKey = await identity.unwrap(stanzas)
      if (fileKey !== undefined) return expectFileKey(fileKey)
    } catch (error) {
      if (!isAnswer(error)) throw error
      failures.push(error)
    }
  }
  throw failures[0] ?? new SealError('ERR_SEALED_NO_KEY', 'age file: it is for none of the given identities')
}

/** One key that is for the file and does not open it, or cannot be asked, does not keep the next one from trying. */
function isAnswer(error: unknown): error is SealError | UnavailableError {
  return error instanceof UnavailableError || (error instanceof SealError && error.code === 'ERR_SEALED_KEY')
}

function expectFileKey(fileKey: unknown): Uint8Array {
  if (fileKey instanceof Uint8Array && fileKey.length === fileKeyBytes) return fileKey
  throw new UsageError('ERR_USAGE_OPTION', 'identities: one of them gave no key of 16 bytes')
}
