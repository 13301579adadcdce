// What is known about evidence while it is looked at: becomes the appraisal, of a success as of a failure.
import type { EvidenceKind } from '../evidence/index.js'
import type { Appraisal, ClaimValue, CollateralUse, TcbAppraisal } from './appraisal.js'
import { Checklist } from './checklist.js'

export type Claims = { readonly [name: string]: ClaimValue }

const unknownTcb: TcbAppraisal = { status: 'NotRated', advisories: [] }

export class Findings {
  readonly kind: EvidenceKind
  readonly evidenceDigest: string
  readonly now: Date
  readonly checklist: Checklist = new Checklist()
  readonly collateral: CollateralUse[] = []
  tcb: TcbAppraisal = unknownTcb
  simulated = false
  #claims: () => Claims = () => ({})

  constructor(kind: EvidenceKind, evidenceDigest: string, now: Date) {
    this.kind = kind
    this.evidenceDigest = evidenceDigest
    this.now = now
  }

  /** Says how to list the claims. Called when an appraisal is made, so that refused evidence costs nothing more. */
  describe(claims: () => Claims): void {
    this.#claims = claims
  }

  /** The earliest end of what the verdict rests on. Nothing at hand: now. */
  get validUntil(): Date {
    let end = Number.POSITIVE_INFINITY
    for (const { stale, notAfter } of this.collateral) if (stale !== true) end = Math.min(end, Date.parse(notAfter))
    return end === Number.POSITIVE_INFINITY ? this.now : new Date(end)
  }

  appraisal(): Appraisal {
    return {
      kind: this.kind,
      claims: this.#claims(),
      checks: [...this.checklist.checks],
      tcb: this.tcb,
      collateral: [...this.collateral],
      evidenceDigest: this.evidenceDigest,
      simulated: this.simulated,
      verifiedAt: this.now.toISOString(),
      validUntil: this.validUntil.toISOString()
    }
  }
}
