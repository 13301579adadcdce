// Is it genuine, fresh, and what I want? The only question whose answer may guard anything.
import { expectOptions, systemClock } from '../core/index.js'
import type { Evidence } from '../evidence/index.js'
import type { Appraisal } from './appraisal.js'
import { type Judged, judge } from './authenticate.js'
import {
  expectFreshness,
  type Freshness,
  freshnessKeys,
  type NonceFreshness,
  type ReportDataFreshness
} from './freshness.js'
import { type CallOptions, type CommonOptions, callKeys, commonKeys, contextOf, evidenceOf } from './options.js'
import { checkPolicy, checkReportData } from './policy/check-policy.js'
import { parsePolicy } from './policy/parse-policy.js'
import { type Policy, termsOf } from './policy/policy.js'

export interface VerifySettings extends CommonOptions, CallOptions {
  /** What is wanted. A value that did not come from `parsePolicy` is checked as if by it. */
  readonly policy: Policy
}

export type VerifyOptions = VerifySettings & Freshness

/** Every option that any form of the call has. */
export type AnyVerifyOptions = VerifySettings & Partial<NonceFreshness & ReportDataFreshness>

/**
 * Says whether evidence is genuine, was made for this caller, and is of what the policy wants. It does not say who is at the other end
 * of the connection that it came on: attested TLS does.
 *
 * @param evidence a CMW, or evidence that is already taken apart
 * @throws EvidenceError when it is malformed or not genuine
 * @throws PolicyError when it is genuine, but not fresh or not wanted
 * @throws UnavailableError when that cannot be decided with what is at hand
 * @throws UsageError ERR_USAGE_OPTION, ERR_USAGE_POLICY, ERR_USAGE_POLICY_EMPTY
 * The first three carry every check that was made: `appraisalOf(error)`.
 * @example
 * const appraisal = await verify(evidence, { policy, nonce })
 */
export async function verify(evidence: Uint8Array | Evidence, options: VerifyOptions): Promise<Appraisal> {
  const all: AnyVerifyOptions = options
  expectOptions(all, verifyKeys, 'verify')
  const policy = parsePolicy(all.policy)
  const reportData = expectFreshness(all)
  const context = contextOf(all, systemClock, termsOf(policy))
  return judge(await evidenceOf(evidence), context, async (judged) => decide(judged, policy, await reportData()))
}

const verifyKeys = [...commonKeys, ...callKeys, ...freshnessKeys, 'policy'] as const

/** Makes and records all checks of freshness and policy, then throws the first failure. */
export function decide({ authenticated, verifier, findings }: Judged, policy: Policy, reportData: Uint8Array): void {
  checkReportData(authenticated.reportData, reportData, findings.checklist)
  const failure = checkPolicy(authenticated, verifier, policy, findings)
  if (failure !== undefined) throw failure
}
