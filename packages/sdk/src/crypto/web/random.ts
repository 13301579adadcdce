// Random bytes from the platform. getRandomValues exists in insecure contexts too, where the rest of WebCrypto does not.
import { UnavailableError } from '../../core/index.js'

/** The most that one call of getRandomValues gives. */
const maxBytesPerCall = 65_536

export function randomBytes(length: number): Uint8Array {
  const source = globalThis.crypto
  if (source === undefined) {
    throw new UnavailableError('ERR_CRYPTO_UNSUPPORTED', 'random bytes: this platform has no crypto.getRandomValues')
  }
  const out = new Uint8Array(length)
  for (let start = 0; start < length; start += maxBytesPerCall) {
    source.getRandomValues(out.subarray(start, start + maxBytesPerCall))
  }
  return out
}
