// What a policy can demand of an Intel platform, for TDX and SGX alike.
import type { Appraisal, TcbStatus } from '../appraisal.js'
import type { Comparison } from '../comparison.js'
import type { PolicyReader } from '../policy/policy-reader.js'
import type { RuleTerms } from '../verifier.js'
import type { PckExtension } from './pck-extension.js'
import type { ProvenQuote } from './quote-checks.js'

/** Statuses that a policy may accept. Revoked is none of them. */
const acceptable: readonly AcceptableStatus[] = [
  'UpToDate',
  'SWHardeningNeeded',
  'ConfigurationNeeded',
  'ConfigurationAndSWHardeningNeeded',
  'OutOfDate',
  'OutOfDateConfigurationNeeded',
  'TdRelaunchAdvised',
  'TdRelaunchAdvisedConfigurationNeeded'
]

export type AcceptableStatus = Exclude<TcbStatus, 'NotRated' | 'Revoked'>

export interface PlatformRule {
  /** Default: `UpToDate` alone. */
  readonly tcbStatus: readonly AcceptableStatus[]
  /** Security advisories that may apply to the platform. Default: none. */
  readonly advisories: 'any' | readonly string[]
  readonly minTcbEvaluationDataNumber?: number
  /** Hex. */
  readonly fmspc?: readonly string[]
  readonly platformInstanceId?: readonly string[]
}

/** @throws UsageError ERR_USAGE_POLICY naming the path */
export function parsePlatformRule(reader: PolicyReader): PlatformRule {
  const number = reader.optional('minTcbEvaluationDataNumber')?.integer(0, 0xffff_ffff)
  const fmspc = reader.optional('fmspc')?.list((element) => element.hex(6))
  const platformInstanceId = reader.optional('platformInstanceId')?.list((element) => element.hex(16))
  return {
    tcbStatus: reader.optional('tcbStatus')?.list((element) => element.oneOf(acceptable)) ?? ['UpToDate'],
    advisories: reader.optional('advisories')?.anyOr(readAdvisory) ?? [],
    ...(number === undefined ? {} : { minTcbEvaluationDataNumber: number }),
    ...(fmspc === undefined ? {} : { fmspc }),
    ...(platformInstanceId === undefined ? {} : { platformInstanceId })
  }
}

function readAdvisory(reader: PolicyReader): string {
  const text = reader.string()
  if (!/^INTEL-SA-\d{5}$/.test(text)) throw reader.fail('an advisory such as INTEL-SA-00837')
  return text
}

/** As JSON: what an appraisal saw, where that is healthy. A platform that is out of date is not made acceptable by being seen. */
export function platformRuleFrom({ tcb }: Appraisal): Record<string, unknown> {
  if (tcb.status !== 'SWHardeningNeeded') return { tcbStatus: ['UpToDate'] }
  return {
    tcbStatus: ['UpToDate', tcb.status],
    ...(tcb.advisories.length === 0 ? {} : { advisories: [...tcb.advisories] })
  }
}

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
  comparison.oneOf(rule.platformInstanceId, instanceIdOf(platformInstanceId), {
    id: 'platform-instance',
    title: 'platform is accepted',
    code: 'ERR_POLICY_PLATFORM_ID'
  })
}

function instanceIdOf(id: PckExtension['platformInstanceId']): string {
  return id === undefined ? 'none' : Array.from(id, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

function compareStatus(comparison: Comparison, proven: ProvenQuote, rule: PlatformRule, terms: RuleTerms): void {
  const { status } = proven.rating
  const accepted: readonly string[] = rule.tcbStatus
  const grace = isInGrace(proven, terms)
  comparison.demand(accepted.includes(status) || grace, {
    id: 'tcb',
    title: grace
      ? `TCB status is accepted (out of date for less than ${terms.graceDays} days)`
      : 'TCB status is accepted',
    code: 'ERR_POLICY_TCB',
    values: () => [
      `one of ${accepted.join(', ')}`,
      `${status} (level of ${proven.rating.tcbDate.toISOString().slice(0, 10)})`
    ]
  })
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
  comparison.demand(refused.length === 0, {
    id: 'advisories',
    title: 'security advisories are accepted',
    code: 'ERR_POLICY_ADVISORY',
    values: () => [admitted === 'any' || admitted.length === 0 ? 'none' : admitted.join(', '), advisories.join(', ')]
  })
}

function compareEvaluation(comparison: Comparison, actual: number, least: number | undefined): void {
  if (least === undefined) return
  comparison.demand(actual >= least, {
    id: 'tcb-evaluation',
    title: 'TCB evaluation is recent enough',
    code: 'ERR_POLICY_TCB',
    values: () => [`at least ${least}`, String(actual)]
  })
}
