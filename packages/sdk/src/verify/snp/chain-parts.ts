// Certificates and lists that might form a chain; whether they do is decided in chain.ts.
import { equalBytes, type TresorError } from '../../core/index.js'
import type { Candidate, CrlCandidate, LeafCandidate } from './candidate.js'

export interface ChainParts {
  readonly leaf: LeafCandidate
  readonly ask: Candidate
  /** Certificates that name themselves as the issuer of `ask`. */
  readonly arks: readonly Candidate[]
  readonly crls: readonly CrlCandidate[]
  /** Names all of them, with where they came from. */
  readonly id: string
}

export interface Hints {
  /** The same for the same hints, where they are remembered. */
  readonly id: string
  readonly candidates: readonly Candidate[]
  readonly leaves: readonly LeafCandidate[]
  /** What might certify each of the leaves. */
  readonly chains: ReadonlyMap<LeafCandidate, readonly ChainParts[]>
  readonly crls: readonly CrlCandidate[]
  /** Why certificates among the hints could not be read. Decisive only where nothing better is found. */
  readonly problems: readonly TresorError[]
}

/** More combinations of certificates are not tried: each costs signatures. */
export const maxAttempts = 16

/** The chains that might stand above a certificate, by the names in certificates. */
export function combine(leaf: LeafCandidate, hints: Pick<Hints, 'candidates' | 'crls'>): readonly ChainParts[] {
  const { candidates, crls } = hints
  return issuersOf(leaf, candidates)
    .slice(0, maxAttempts)
    .map((ask) => chainPartsOf({ leaf, ask, arks: issuersOf(ask, candidates), crls }))
}

export function chainPartsOf(parts: Omit<ChainParts, 'id'>): ChainParts {
  const { leaf, ask, arks, crls } = parts
  return {
    leaf,
    ask,
    arks,
    crls,
    id: [leaf, ask, ...arks, ...crls].map(({ sha256, source }) => sha256 + source).join()
  }
}

function issuersOf({ certificate }: Candidate, candidates: readonly Candidate[]): readonly Candidate[] {
  return candidates.filter((other) => equalBytes(other.certificate.subject.der, certificate.issuer.der))
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
