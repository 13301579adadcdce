// The seam between the questions (authenticate, verify) and the families of evidence that can answer them.
import type { Evidence, EvidenceKind } from '../evidence/index.js'
import type { Collateral } from './collateral/collateral.js'
import type { Comparison } from './comparison.js'
import type { Findings } from './findings.js'
import type { Memory } from './memory.js'
import type { PolicyReader } from './policy/policy-reader.js'

/** A root key that the caller trusts beside the pinned ones: for tests, and for hierarchies of one's own. */
export interface ExtraRoot {
  /** As certificates of the family name it, for example `Milan`. */
  readonly product: string
  /** DER SubjectPublicKeyInfo. */
  readonly spki: Uint8Array
}

export interface VerificationContext {
  readonly now: Date
  /** Absent: nothing but what the evidence ships and the pinned roots. */
  readonly collateral: Collateral | undefined
  readonly memory: Memory
  readonly extraRoots: readonly ExtraRoot[]
  /** A revocation list must be at hand, or be fetched. */
  readonly requireCrl: boolean
  /** For how long after its end collateral is still used where no newer is to be had. */
  readonly maxStaleMs: number
  readonly signal: AbortSignal | undefined
}

/** What a policy says beside its rules, for those that compare. */
export interface RuleTerms {
  /** For how many days after a platform fell behind its vendor's newest TCB it is still accepted. */
  readonly graceDays: number
  readonly now: Date
}

/** Evidence that is genuine, or simulated where the findings say so. */
export interface Authenticated<Facts> {
  /** What the guest asked the device to cover. */
  readonly reportData: Uint8Array
  readonly facts: Facts
}

/**
 * One family, as far as policies speak of it. `Rule` is its part of a policy, JSON values only; `Facts` is what `compare` needs.
 * Both come from and go to the same family.
 */
export interface EvidenceFamily<Rule, Facts> {
  readonly kind: EvidenceKind
  /**
   * Reads a rule of a policy; takes every key it knows.
   * @throws UsageError ERR_USAGE_POLICY
   */
  parseRule(reader: PolicyReader): Rule
  /** What judges evidence. Loaded with the first evidence of the kind, so that a page loads no family that it never meets. */
  loadVerifier(): Promise<EvidenceVerifier<Rule, Facts>>
}

export interface EvidenceVerifier<Rule, Facts> {
  /**
   * Decides whether the evidence is genuine, recording every check. Says nothing about who made it, or when.
   * @throws EvidenceError, UnavailableError
   */
  authenticate(evidence: Evidence, findings: Findings, context: VerificationContext): Promise<Authenticated<Facts>>
  /** Compares and records every check; throws nothing for what the policy refuses. */
  compare(authenticated: Authenticated<Facts>, rule: Rule, comparison: Comparison, terms: RuleTerms): void
}
