// A proven quote's platform against a rule.
import { toHex } from '../../core/index.js'
import type { Comparison } from '../comparison.js'
import type { RuleTerms } from '../verifier.js'
import type { PckExtension } from './pck-extension.js'
import type { PlatformRule } from './platform-rule.js'
import type { ProvenQuote } from './quote-checks.js'

export function comparePlatform(
  comparison: Comparison,
  proven: ProvenQuote,
  rule: PlatformRule,
  terms: RuleTerms
): void {
  compareStatus(comparison, proven, rule, terms)
  compareAdvisories(comparison, proven, rule, terms)
  compareEvaluation(comparison, proven.evaluationDataNumber, rule.minTcbEvaluationDataNumber)
  const { fmspc, platformInstanceId } = proven.pck.extension
  comparison.oneOf(rule.fmspc, fmspc, { id: 'fmspc', title: 'platform family is accepted', code: 'ERR_POLICY_PRODUCT' })
  const instanceId = rule.platformInstanceId === undefined ? '' : instanceIdOf(platformInstanceId)
  comparison.oneOf(rule.platformInstanceId, instanceId, {
    id: 'platform-instance',
    title: 'platform is accepted',
    code: 'ERR_POLICY_PLATFORM_ID'
  })
}

function instanceIdOf(id: PckExtension['platformInstanceId']): string {
  return id === undefined ? 'none' : toHex(id)
}

function compareStatus(comparison: Comparison, proven: ProvenQuote, rule: PlatformRule, terms: RuleTerms): void {
  const { status } = proven.rating
  const accepted: readonly string[] = rule.tcbStatus
  const grace = isInGrace(proven, terms)
  const title = grace
    ? `TCB status is accepted (out of date for less than ${terms.graceDays} days)`
    : 'TCB status is accepted'
  comparison.demand(accepted.includes(status) || grace, { id: 'tcb', title, code: 'ERR_POLICY_TCB' }, () => [
    `one of ${accepted.join(', ')}`,
    `${status} (level of ${proven.rating.tcbDate.toISOString().slice(0, 10)})`
  ])
}

/** Out of date, but only since the vendor published a newer level, and not longer than the policy tolerates. */
function isInGrace({ rating }: ProvenQuote, { graceDays, now }: RuleTerms): boolean {
  if (rating.status !== 'OutOfDate' || rating.outOfDateSince === undefined || graceDays === 0) return false
  return now.getTime() <= rating.outOfDateSince.getTime() + graceDays * 86_400_000
}

/** Advisories of an out-of-date level are the reason for the grace, not a second objection. */
function compareAdvisories(comparison: Comparison, proven: ProvenQuote, rule: PlatformRule, terms: RuleTerms): void {
  const { advisories } = proven.rating
  const admitted = rule.advisories
  const refused =
    admitted === 'any' || isInGrace(proven, terms) ? [] : advisories.filter((id) => !admitted.includes(id))
  const text = { id: 'advisories', title: 'security advisories are accepted', code: 'ERR_POLICY_ADVISORY' } as const
  comparison.demand(refused.length === 0, text, () => [
    admitted === 'any' || admitted.length === 0 ? 'none' : admitted.join(', '),
    advisories.join(', ')
  ])
}

function compareEvaluation(comparison: Comparison, actual: number, least: number | undefined): void {
  if (least === undefined) return
  const text = { id: 'tcb-evaluation', title: 'TCB evaluation is recent enough', code: 'ERR_POLICY_TCB' } as const
  comparison.demand(actual >= least, text, () => [`at least ${least}`, String(actual)])
}
