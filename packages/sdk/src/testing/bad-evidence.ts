// Evidence that must be refused, one reason each.
import type { ErrorCode } from '../core/index.js'
import type { Evidence } from '../evidence/index.js'

export interface BadEvidence {
  /** A phrase that goes on after `refuses`. */
  readonly name: string
  /** The code with which a verifier without network refuses it, when only the fake vendor's root is trusted. */
  readonly code: ErrorCode
  readonly evidence: Evidence
}

/** Cases by their names that are refused with the same code. */
export function refusedWith(code: ErrorCode, cases: Readonly<Record<string, Evidence>>): readonly BadEvidence[] {
  return Object.entries(cases).map(([name, evidence]) => ({ name, code, evidence }))
}
