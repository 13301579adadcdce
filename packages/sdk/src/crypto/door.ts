// The one door to cryptography. `#crypto` is this interface on node:crypto in Node, on WebCrypto and noble elsewhere.

/** A value now (Node) or later (WebCrypto). Callers await it. */
export type Awaitable<T> = T | Promise<T>

export type HashName = 'sha256' | 'sha384' | 'sha512'

export type EcCurve = 'P-256' | 'P-384'

/** A public key, imported once and kept: the import costs as much as a verification. */
export interface PublicKey {
  readonly algorithm: 'ecdsa' | 'rsa'
  /** Of a key for ECDSA. */
  readonly curve?: EcCurve
  /** `handle` belongs to the door that made it. */
  readonly handle: unknown
}

export interface CryptoDoor {
  /** Which implementation this is, for diagnostics. */
  readonly name: 'node' | 'web'

  hash(name: HashName, data: Uint8Array): Awaitable<Uint8Array>

  /** The same in lower-case hex: the form of names and keys of what is remembered. */
  hashHex(name: HashName, data: Uint8Array): Awaitable<string>

  /**
   * Imports a DER SubjectPublicKeyInfo (RFC 5280 §4.1.2.7): EC on P-256 or P-384, or RSA with 2048 to 8192 bits.
   * @throws EvidenceError ERR_CERTIFICATE_FORMAT for another key, a point off the curve or a malformed structure
   */
  importSpki(spki: Uint8Array): Awaitable<PublicKey>

  /** Verifies ECDSA; `signature` is r ‖ s, each as long as the curve's order (IEEE P1363). High s is accepted, as in X.509. */
  verifyEcdsa(key: PublicKey, hash: HashName, data: Uint8Array, signature: Uint8Array): Awaitable<boolean>

  /** Verifies RSASSA-PSS with MGF1 on the same hash (RFC 8017 §8.1.2); `saltLength` in bytes. */
  verifyRsaPss(
    key: PublicKey,
    options: { readonly hash: HashName; readonly saltLength: number },
    data: Uint8Array,
    signature: Uint8Array
  ): Awaitable<boolean>

  /** `length` unpredictable bytes. */
  randomBytes(length: number): Uint8Array
}
