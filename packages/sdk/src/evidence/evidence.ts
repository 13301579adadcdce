// Evidence as it travels: raw vendor bytes with the endorsements that let a verifier decide without any vendor's service.

/** The families of evidence. One name per `evidence/x`, `verify/x` and `attest/x`. */
export type EvidenceKind = 'snp' | 'tdx' | 'sgx'

/** A certificate, list or statement about the platform. A hint from an untrusted source until it is verified. */
export interface Endorsement {
  readonly mediaType: string
  readonly bytes: Uint8Array
}

/** One piece of evidence. `bytes` are the vendor's, unchanged. */
export interface Evidence {
  readonly kind: EvidenceKind
  readonly bytes: Uint8Array
  readonly endorsements: readonly Endorsement[]
}
