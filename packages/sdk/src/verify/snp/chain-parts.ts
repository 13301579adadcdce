// Certificates and lists that might form a chain; whether they do is decided in chain.ts.
import type { Candidate, CrlCandidate, LeafCandidate } from './candidate.js'

export interface ChainParts {
  readonly leaf: LeafCandidate
  readonly ask: Candidate
  /** Certificates that name themselves as the issuer of `ask`. */
  readonly arks: readonly Candidate[]
  readonly crls: readonly CrlCandidate[]
}

/** A root key. */
export interface SnpRoot {
  readonly kind: 'pinned' | 'extra' | 'simulator'
  readonly spki: Uint8Array
  /** Hex SHA-256 of the key. */
  readonly keyId: string
  readonly notBefore?: string
  readonly notAfter?: string
  /** The certificate around the key, where one is at hand. */
  readonly certificate?: Candidate
}
