// HKDF, AES-GCM and X25519 on noble where there is no WebCrypto, as one module that is loaded on first use.
import { gcm } from '@noble/ciphers/aes.js'
import { x25519 } from '@noble/curves/ed25519.js'
import { hkdf } from '@noble/hashes/hkdf.js'
import { sha256, sha384, sha512 } from '@noble/hashes/sha2.js'
import type { HashName } from '../door.js'

const hashes = { sha256, sha384, sha512 } as const

export function hkdfOf(
  hash: HashName,
  ikm: Uint8Array,
  salt: Uint8Array,
  info: Uint8Array,
  length: number
): Uint8Array {
  return hkdf(hashes[hash], ikm, salt, info, length)
}

export function sealGcm(key: Uint8Array, nonce: Uint8Array, plaintext: Uint8Array, aad: Uint8Array): Uint8Array {
  return gcm(key, nonce, aad).encrypt(plaintext)
}

/** `undefined` for a wrong tag. Sizes are checked by the door, so that nothing else can fail. */
export function openGcm(
  key: Uint8Array,
  nonce: Uint8Array,
  sealed: Uint8Array,
  aad: Uint8Array
): Uint8Array | undefined {
  try {
    return gcm(key, nonce, aad).decrypt(sealed)
  } catch {
    return undefined
  }
}

/** noble refuses a public key of low order, and nothing else can fail here. */
export function deriveX25519(secretKey: Uint8Array, publicKey: Uint8Array): Uint8Array | undefined {
  try {
    return x25519.getSharedSecret(secretKey, publicKey)
  } catch {
    return undefined
  }
}
