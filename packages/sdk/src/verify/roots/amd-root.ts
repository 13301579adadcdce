// What is pinned of an AMD root key (ARK).

export interface AmdRoot {
  /** Hex SHA-256 of the DER SubjectPublicKeyInfo. */
  readonly sha256: string
  /** Validity of the certificate that AMD publishes for the key. */
  readonly notBefore: string
  readonly notAfter: string
  /** Base64 of the DER SubjectPublicKeyInfo. */
  readonly spki: string
}
