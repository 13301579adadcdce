// The result of looking at evidence: what it claims and every check that was made, in order. The CLI and the inspector
// render this list; errors carry it whole.
import type { EvidenceKind } from '../evidence/index.js'

export type CheckOutcome = 'passed' | 'failed' | 'skipped'

/** One claim that was proved or compared. */
export interface Check {
  /** Stable id such as `snp.signature` or `policy.measurement`. */
  readonly id: string
  /** A sentence about what holds when it passes. */
  readonly title: string
  readonly outcome: CheckOutcome
  readonly expected?: string
  readonly actual?: string
  /** The specification and section that asks for it. */
  readonly spec: string
}

/** JSON values only: an appraisal can be logged, stored and sent as it is. Bytes are hex in lower case. */
export type ClaimValue =
  | string
  | number
  | boolean
  | null
  | readonly ClaimValue[]
  | { readonly [name: string]: ClaimValue }

export type TcbStatus =
  | 'UpToDate'
  | 'SWHardeningNeeded'
  | 'ConfigurationNeeded'
  | 'ConfigurationAndSWHardeningNeeded'
  | 'OutOfDate'
  | 'OutOfDateConfigurationNeeded'
  | 'TdRelaunchAdvised'
  | 'TdRelaunchAdvisedConfigurationNeeded'
  | 'Revoked'
  /** The vendor publishes no rating (AMD): compare components with a policy. */
  | 'NotRated'

/** State of the platform's trusted computing base. */
export interface TcbAppraisal {
  readonly status: TcbStatus
  readonly advisories: readonly string[]
  /** ISO 8601, where the vendor dates its levels. */
  readonly date?: string
  /** The number of the vendor's evaluation, where there is one. */
  readonly evaluationDataNumber?: number
}

/** A piece of collateral that the verdict rests on. */
export interface CollateralUse {
  /** For example `amd-vcek`, `amd-chain`, `amd-crl`. */
  readonly type: string
  readonly source: 'evidence' | 'caller' | 'cache' | 'network' | 'pinned'
  /** Hex SHA-256 of the bytes. */
  readonly sha256: string
  /** ISO 8601: validity as the item itself states it. */
  readonly notBefore: string
  readonly notAfter: string
  /** ISO 8601: when the vendor issued it, for items that are issued again and again. */
  readonly issuedAt?: string
  /** True where a newer item was due but could not be had, and the policy tolerates that. */
  readonly stale?: boolean
}

export interface Appraisal {
  readonly kind: EvidenceKind
  readonly claims: { readonly [name: string]: ClaimValue }
  readonly checks: readonly Check[]
  readonly tcb: TcbAppraisal
  readonly collateral: readonly CollateralUse[]
  /** Hex SHA-256 of the evidence as the vendor's device made it. */
  readonly evidenceDigest: string
  /** True for evidence of the simulator, which proves nothing. */
  readonly simulated: boolean
  /** ISO 8601: the time at which it was judged, and the earliest end of any validity that it rests on. */
  readonly verifiedAt: string
  readonly validUntil: string
}
