// X.509 certificates as plain data (RFC 5280 §4.1).
import type { HashName } from '../crypto/index.js'

/** A distinguished name. Compare by `der`, the bytes as they stand in the certificate. */
export interface Name {
  readonly der: Uint8Array
  readonly attributes: readonly { readonly oid: string; readonly value: string }[]
}

export type SignatureAlgorithm =
  | { readonly kind: 'ecdsa'; readonly hash: HashName }
  | { readonly kind: 'rsa-pss'; readonly hash: HashName; readonly saltLength: number }
  | { readonly kind: 'rsa-pkcs1'; readonly hash: HashName }

export interface Extension {
  /** Dotted decimal. */
  readonly oid: string
  readonly critical: boolean
  /** Content of the extnValue OCTET STRING. */
  readonly value: Uint8Array
}

export interface Certificate {
  /** The whole certificate, and the part that is signed. */
  readonly der: Uint8Array
  readonly tbs: Uint8Array
  /** Content bytes of the INTEGER. */
  readonly serialNumber: Uint8Array
  readonly issuer: Name
  readonly subject: Name
  readonly notBefore: Date
  readonly notAfter: Date
  /** DER SubjectPublicKeyInfo. */
  readonly spki: Uint8Array
  readonly signatureAlgorithm: SignatureAlgorithm
  /** As in the certificate: for ECDSA a DER SEQUENCE of r and s. */
  readonly signature: Uint8Array
  readonly extensions: readonly Extension[]
  /** Absent where the certificate has no such extension. */
  readonly basicConstraints?: { readonly ca: boolean; readonly pathLength?: number }
  readonly keyUsage?: readonly KeyUsage[]
}

export type KeyUsage =
  | 'digitalSignature'
  | 'nonRepudiation'
  | 'keyEncipherment'
  | 'dataEncipherment'
  | 'keyAgreement'
  | 'keyCertSign'
  | 'cRLSign'
  | 'encipherOnly'
  | 'decipherOnly'
