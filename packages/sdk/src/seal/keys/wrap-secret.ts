// A short secret under another: one Cobblestone-256 message (c2sp.org/chunked-encryption), whose commitment lets nothing but that very key
// open it, and whose context says what it is.
import { crypto } from '#crypto'
import { concatBytes, utf8 } from '../../core/index.js'
import { loadAead, messageHeaderBytes, type SecretKey, saltBytes, tagBytes } from '../../native/index.js'
import { copySecret, withSecret } from './secret-bytes.js'

/** Of what `wrapSecret` makes of so many bytes. */
export function wrappedLength(secretBytes: number): number {
  return messageHeaderBytes + secretBytes + tagBytes
}

/** `key`: 32 bytes. `binding`: whatever must be the same when it is opened, in an encoding that can be read one way only. */
export async function wrapSecret(key: SecretKey, secret: Uint8Array, binding: Uint8Array): Promise<Uint8Array> {
  const aead = await loadAead()
  return aead.sealMessage(key, await contextOf(binding), crypto.randomBytes(saltBytes), secret)
}

/** `undefined` for another key, another binding, or bytes that were changed. The caller wipes the result. */
export async function unwrapSecret(
  key: SecretKey,
  wrapped: Uint8Array,
  binding: Uint8Array,
  secretBytes: number
): Promise<Uint8Array | undefined> {
  if (wrapped.length !== wrappedLength(secretBytes)) return undefined
  const aead = await loadAead()
  const secret = aead.openMessage(key, await contextOf(binding), wrapped)
  return secret === undefined ? undefined : withSecret(secret, copySecret)
}

const label = utf8('tresor-seal/1 wrapped key\0')

async function contextOf(binding: Uint8Array): Promise<Uint8Array> {
  return concatBytes(label, await crypto.hash('sha256', binding))
}
