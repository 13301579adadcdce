// A verifier for a server: one policy, one source of collateral, and verdicts that are remembered.
import { type Clock, copyBytes, expectFunction, expectInteger, expectOptions, systemClock } from '../core/index.js'
import type { Evidence } from '../evidence/index.js'
import type { Appraisal } from './appraisal.js'
import { judge } from './authenticate.js'
import type { Findings } from './findings.js'
import {
  expectFreshness,
  type Freshness,
  freshnessKeys,
  type NonceFreshness,
  type ReportDataFreshness
} from './freshness.js'
import { type CallOptions, type CommonOptions, callKeys, commonKeys, contextOf, evidenceOf } from './options.js'
import { parseDurationMs } from './policy/duration.js'
import { parsePolicy } from './policy/parse-policy.js'
import { type Policy, termsOf } from './policy/policy.js'
import { VerdictCache, verdictKey } from './verdict-cache.js'
import type { VerificationContext } from './verifier.js'
import { decide } from './verify.js'

export interface VerifierOptions extends CommonOptions {
  readonly policy: Policy
  /** The present, for calls without `now`. */
  readonly clock?: Clock
  /** How many favourable verdicts are kept. Default 1024; 0 keeps none. */
  readonly cacheSize?: number
}

export interface Verifier {
  readonly policy: Policy
  /**
   * As the function `verify`, under the policy of this verifier. Evidence that was accepted before is not verified again until
   * something that the verdict rests on ends; freshness is checked every time.
   */
  verify(evidence: Uint8Array | Evidence, options: Freshness & CallOptions): Promise<Appraisal>
}

const defaultCacheSize = 1024

/**
 * @throws UsageError ERR_USAGE_OPTION, ERR_USAGE_POLICY, ERR_USAGE_POLICY_EMPTY
 * @example
 * const verifier = createVerifier({ policy, collateral })
 * const appraisal = await verifier.verify(evidence, { nonce })
 */
export function createVerifier(options: VerifierOptions): Verifier {
  expectOptions(options, [...commonKeys, 'policy', 'clock', 'cacheSize'], 'createVerifier')
  const { clock = systemClock, cacheSize = defaultCacheSize } = options
  expectFunction(clock, 'clock')
  const cache = new VerdictCache(expectInteger(cacheSize, [0, 1_000_000], 'cacheSize'))
  const policy = parsePolicy(options.policy)
  contextOf(options, clock, termsOf(policy))
  return {
    policy,
    verify: (evidence, call) => verifyWith({ ...options, policy, clock }, cache, evidence, call)
  }
}

type Settings = VerifierOptions & { readonly clock: Clock }

async function verifyWith(
  settings: Settings,
  cache: VerdictCache,
  evidence: Uint8Array | Evidence,
  call: CallOptions & Partial<NonceFreshness & ReportDataFreshness>
): Promise<Appraisal> {
  expectOptions(call, [...callKeys, ...freshnessKeys], 'verify')
  const { policy, clock } = settings
  // Checked and copied before anything waits: what is remembered as accepted must be what was judged.
  const own = evidence instanceof Uint8Array ? copyBytes(evidence) : await evidenceOf(evidence)
  const expectedReportData = expectFreshness(call)
  const context = contextOf({ ...commonOf(settings), ...call }, clock, termsOf(policy))
  const reportData = await expectedReportData()
  const key = await verdictKey(own)
  const verdict = cache.find(key, reportData, context.now)
  if (verdict !== undefined) return { ...verdict.appraisal, verifiedAt: context.now.toISOString() }
  return verifyAndKeep({ evidence: own, context, policy, reportData }, (appraisal, findings) =>
    cache.keep(key, { appraisal, reportData, ...spanOf(findings, policy) })
  )
}

interface Job {
  readonly evidence: Uint8Array | Evidence
  readonly context: VerificationContext
  readonly policy: Policy
  readonly reportData: Uint8Array
}

async function verifyAndKeep(job: Job, keep: (appraisal: Appraisal, findings: Findings) => void): Promise<Appraisal> {
  let favourable: Findings | undefined
  const appraisal = await judge(await evidenceOf(job.evidence), job.context, async (judged) => {
    decide(judged, job.policy, job.reportData)
    favourable = judged.findings
  })
  if (favourable !== undefined) keep(appraisal, favourable)
  return appraisal
}

function commonOf({ collateral, unsafeExtraRoots }: CommonOptions): CommonOptions {
  return {
    ...(collateral === undefined ? {} : { collateral }),
    ...(unsafeExtraRoots === undefined ? {} : { unsafeExtraRoots })
  }
}

/** From the latest start of what the verdict rests on to the earliest end; the policy's limit on age is an end too. */
function spanOf({ collateral, now }: Findings, policy: Policy): { readonly from: number; readonly until: number } {
  const maxAgeMs = policy.maxCollateralAge === undefined ? undefined : parseDurationMs(policy.maxCollateralAge)
  const starts = collateral.map(({ notBefore }) => Date.parse(notBefore))
  const ends = collateral.map(({ notAfter, stale }) => (stale === true ? now.getTime() : Date.parse(notAfter)))
  const aged = collateral.flatMap(({ issuedAt }) =>
    issuedAt === undefined || maxAgeMs === undefined ? [] : [Date.parse(issuedAt) + maxAgeMs]
  )
  return { from: Math.max(...starts), until: Math.min(...ends, ...aged) }
}
