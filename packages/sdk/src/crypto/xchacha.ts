// XChaCha20-Poly1305, which neither node:crypto nor WebCrypto has. Loaded on first use.
import { xchacha20poly1305 } from '@noble/ciphers/chacha.js'

export function sealXChaCha(key: Uint8Array, nonce: Uint8Array, plaintext: Uint8Array, aad: Uint8Array): Uint8Array {
  return xchacha20poly1305(key, nonce, aad).encrypt(plaintext)
}

/** `undefined` for a wrong tag. Sizes are checked by the caller, so that nothing else can fail. */
export function openXChaCha(
  key: Uint8Array,
  nonce: Uint8Array,
  sealed: Uint8Array,
  aad: Uint8Array
): Uint8Array | undefined {
  try {
    return xchacha20poly1305(key, nonce, aad).decrypt(sealed)
  } catch {
    return undefined
  }
}
