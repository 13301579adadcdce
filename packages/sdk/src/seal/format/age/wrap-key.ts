// The file key under a key that is used once: ChaCha20-Poly1305, with a nonce of zeros where there is no other (c2sp.org/age, native
// recipient types).
import { createCipheriv, createDecipheriv } from 'node:crypto'
import { concatBytes } from '../../../core/index.js'
import { copySecret } from '../../keys/secret-bytes.js'
import { malformed } from './failures.js'
import { fileKeyBytes } from './stanza.js'

const tagBytes = 16
const zeroNonce = new Uint8Array(12)
const cipherOptions = { authTagLength: tagBytes }

export const wrappedKeyBytes: number = fileKeyBytes + tagBytes

export function wrapFileKey(wrapKey: Uint8Array, fileKey: Uint8Array, nonce: Uint8Array = zeroNonce): Uint8Array {
  const cipher = createCipheriv('chacha20-poly1305', wrapKey, nonce, cipherOptions)
  return concatBytes(cipher.update(fileKey), cipher.final(), cipher.getAuthTag())
}

/**
 * `undefined` where it does not open. Its length has been checked, so that nothing can be learned by offering one key's worth of others.
 * @throws SealError ERR_SEALED_FORMAT
 */
export function unwrapFileKey(
  wrapKey: Uint8Array,
  body: Uint8Array,
  nonce: Uint8Array = zeroNonce
): Uint8Array | undefined {
  assertWrapped(body)
  const decipher = createDecipheriv('chacha20-poly1305', wrapKey, nonce, cipherOptions)
  decipher.setAuthTag(body.subarray(fileKeyBytes))
  const fileKey = decipher.update(body.subarray(0, fileKeyBytes))
  try {
    decipher.final()
    return copySecret(fileKey)
  } catch {
    return undefined
  } finally {
    fileKey.fill(0)
  }
}

/** @throws SealError ERR_SEALED_FORMAT */
export function assertWrapped(body: Uint8Array): void {
  if (body.length !== wrappedKeyBytes) throw malformed('body of a stanza: expected 32 bytes')
}
