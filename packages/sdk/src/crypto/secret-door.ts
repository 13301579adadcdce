// Cryptography that handles secrets. A door of its own, `#crypto/secret`, so that a verifier does not carry it.
import type { Awaitable, HashName } from './door.js'

/** AES-256-GCM (SP 800-38D) with nonces of 12 bytes; XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha-03) with 24, fit for random ones. */
export type AeadName = 'aes-256-gcm' | 'xchacha20-poly1305'

export interface X25519KeyPair {
  readonly publicKey: Uint8Array
  /** The caller owns it and wipes it. */
  readonly secretKey: Uint8Array
}

/**
 * What fails because of bytes from the other side (a tag, a length, a public key) is `undefined`; the room that called says
 * what that means there. A wrong argument of our own is a UsageError ERR_USAGE_OPTION. Results belong to the caller.
 */
export interface SecretCryptoDoor {
  readonly name: 'node' | 'web'

  /** HKDF (RFC 5869): 1 to 255 times the hash's length; `info` up to 1024 bytes, as much as every platform takes. */
  hkdf(hash: HashName, ikm: Uint8Array, salt: Uint8Array, info: Uint8Array, length: number): Awaitable<Uint8Array>

  /** Ciphertext followed by a tag of 16 bytes. A nonce must never be used twice with one key. */
  aeadSeal(
    name: AeadName,
    key: Uint8Array,
    nonce: Uint8Array,
    plaintext: Uint8Array,
    aad: Uint8Array
  ): Awaitable<Uint8Array>

  /** The plaintext; `undefined` when anything was changed, and nothing of it is given out then. */
  aeadOpen(
    name: AeadName,
    key: Uint8Array,
    nonce: Uint8Array,
    sealed: Uint8Array,
    aad: Uint8Array
  ): Awaitable<Uint8Array | undefined>

  createX25519KeyPair(): Promise<X25519KeyPair>

  /** Shared secret (RFC 7748 §6.1); `undefined` for a public key of low order, whose result would be all zero. Not a key yet: use hkdf. */
  deriveX25519(secretKey: Uint8Array, publicKey: Uint8Array): Awaitable<Uint8Array | undefined>

  /**
   * Encrypts to an X25519 public key, without a sender: ephemeral public key (32) ‖ nonce (24) ‖ NaCl crypto_box (16 + length).
   * @throws UsageError ERR_USAGE_OPTION for a public key of low order
   */
  sealBox(publicKey: Uint8Array, plaintext: Uint8Array): Promise<Uint8Array>

  openBox(secretKey: Uint8Array, box: Uint8Array): Promise<Uint8Array | undefined>
}
