// Sizes that both secret doors check, so that they refuse the same arguments in the same words.
import { expectBytes, expectInteger } from '../core/index.js'
import type { HashName } from './door.js'
import { hashBytes } from './rsa-pss.js'
import type { AeadName } from './secret-door.js'

export const tagBytes = 16

const nonceBytes: Readonly<Record<AeadName, number>> = { 'aes-256-gcm': 12, 'xchacha20-poly1305': 24 }

/** The bound of OpenSSL 3.0, which Node 20 has. */
const maxInfoBytes = 1024

export function checkHkdf(hash: HashName, info: Uint8Array, length: number): void {
  expectBytes(info, [0, maxInfoBytes], 'info')
  expectInteger(length, [1, 255 * hashBytes[hash]], 'length')
}

export function checkSeal(name: AeadName, key: Uint8Array, nonce: Uint8Array): void {
  expectBytes(key, 32, 'key')
  expectBytes(nonce, nonceBytes[name], 'nonce')
}

/** False for a message that cannot be right; the key is ours. */
export function isOpenable(name: AeadName, key: Uint8Array, nonce: Uint8Array, sealed: Uint8Array): boolean {
  expectBytes(key, 32, 'key')
  return nonce.length === nonceBytes[name] && sealed.length >= tagBytes
}

/** False for a public key that cannot be right; the secret key is ours. */
export function isDerivable(secretKey: Uint8Array, publicKey: Uint8Array): boolean {
  expectBytes(secretKey, 32, 'secretKey')
  return publicKey.length === 32
}
