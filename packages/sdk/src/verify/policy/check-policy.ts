// Genuine evidence against a policy. Every check is made and recorded, then the first that failed counts.
import { equalBytes, PolicyError, type TresorError, toHex } from '../../core/index.js'
import type { CollateralUse } from '../appraisal.js'
import { Checklist } from '../checklist.js'
import { Comparison } from '../comparison.js'
import type { Findings } from '../findings.js'
import type { AnyVerifier } from '../registry.js'
import type { Authenticated } from '../verifier.js'
import { parseDurationMs } from './duration.js'
import type { Policy } from './policy.js'

const spec = 'policy'

/** Records all checks and returns the first failure. */
export function checkPolicy(
  authenticated: Authenticated<unknown>,
  verifier: AnyVerifier,
  policy: Policy,
  findings: Findings
): TresorError | undefined {
  const { checklist } = findings
  checkSimulator(policy, findings)
  checkRules(authenticated, verifier, policy, findings)
  checkCollateralAge(policy, findings)
  return checklist.firstFailure
}

const notOurs = [
  PolicyError,
  'ERR_POLICY_REPORT_DATA',
  'report data: the evidence was not made for this nonce or report data'
] as const

/** Is the evidence an answer to this caller? Records the check. */
export function checkReportData(actual: Uint8Array, expected: Uint8Array, checklist: Checklist): void {
  const text = { id: 'policy.report-data', title: 'report data is ours', spec }
  if (equalBytes(actual, expected)) checklist.pass(text)
  else checklist.fail({ ...text, expected: toHex(expected), actual: toHex(actual) }, ...notOurs)
}

function checkSimulator(policy: Policy, { simulated, checklist }: Findings): void {
  if (!simulated) return
  const title = 'evidence of the simulator is allowed'
  const message = 'evidence comes from the simulator, which proves nothing, and the policy does not allow it'
  const allowed = policy.allowSimulator === true
  checklist.compare(allowed, { id: 'policy.simulator', title, spec }, PolicyError, 'ERR_POLICY_SIMULATOR', message)
}

/** The first rule that accepts, or the one with the fewest failures. */
function checkRules(
  authenticated: Authenticated<unknown>,
  verifier: AnyVerifier,
  policy: Policy,
  { kind, checklist, now }: Findings
): void {
  const terms = { graceDays: policy.graceDays ?? 0, now }
  let best: Checklist | undefined
  for (const rule of policy.anyOf) {
    if (rule.kind !== kind) continue
    const attempt = new Checklist()
    verifier.compare(authenticated, rule, new Comparison(attempt, kind.toUpperCase()), terms)
    if (best === undefined || countFailures(attempt) < countFailures(best)) best = attempt
    if (attempt.firstFailure === undefined) break
  }
  if (best === undefined) refuseKind(policy, kind, checklist)
  else checklist.adopt(best)
}

function refuseKind({ anyOf }: Policy, actual: string, checklist: Checklist): void {
  const expected = [...new Set(anyOf.map(({ kind }) => kind))].join(', ')
  const text = { id: 'policy.kind', title: 'kind of evidence is accepted', expected, actual, spec }
  checklist.fail(text, PolicyError, 'ERR_POLICY_KIND', `policy: accepts no evidence of kind ${actual}`)
}

function countFailures({ checks }: Checklist): number {
  return checks.filter(({ outcome }) => outcome === 'failed').length
}

function checkCollateralAge(policy: Policy, { collateral, now, checklist }: Findings): void {
  if (policy.maxCollateralAge === undefined) return
  const limitMs = parseDurationMs(policy.maxCollateralAge) ?? 0
  const old = collateral.find((use) => ageMs(use, now) > limitMs)
  const text = { id: 'policy.collateral-age', title: 'collateral is recent', expected: policy.maxCollateralAge, spec }
  const found = old === undefined ? text : { ...text, actual: `${old.type} of ${old.issuedAt}` }
  const message = `collateral ${old?.type}: older than ${policy.maxCollateralAge}`
  checklist.compare(old === undefined, found, PolicyError, 'ERR_POLICY_COLLATERAL_AGE', message)
}

/** Certificates have no age: they are valid or not. */
function ageMs({ issuedAt }: CollateralUse, now: Date): number {
  return issuedAt === undefined ? 0 : now.getTime() - Date.parse(issuedAt)
}
