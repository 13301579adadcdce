// What both doors ask before an RSASSA-PSS verification (RFC 8017 §8.1.2 step 1, §9.1.2 step 3).
import type { HashName } from './door.js'

export const hashBytes: Readonly<Record<HashName, number>> = { sha256: 32, sha384: 48, sha512: 64 }

/**
 * True when the signature is as long as the modulus and a salt of this length fits. Negative lengths are refused here: to
 * OpenSSL they mean "any".
 */
export function isPssShape(modulusBytes: number, hash: HashName, saltLength: number, signature: Uint8Array): boolean {
  if (signature.length !== modulusBytes) return false
  return Number.isInteger(saltLength) && saltLength >= 0 && saltLength <= modulusBytes - hashBytes[hash] - 2
}
