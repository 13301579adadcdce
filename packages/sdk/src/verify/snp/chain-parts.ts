// Certificates and lists that might form a chain; whether they do is decided in chain.ts.
import type { Candidate, CrlCandidate, LeafCandidate } from './candidate.js'

export interface ChainParts {
  readonly leaf: LeafCandidate
  readonly ask: Candidate
  /** Certificates that name themselves as the issuer of `ask`. */
  readonly arks: readonly Candidate[]
  readonly crls: readonly CrlCandidate[]
}
