// TDX in the registry of verifiers.
import { UsageError } from '../../core/index.js'
import type { Evidence } from '../../evidence/index.js'
import type { Appraisal } from '../appraisal.js'
import type { Findings } from '../findings.js'
import { authenticateQuote } from '../intel/authenticate.js'
import { platformRuleFrom } from '../intel/platform-rule.js'
import type { Authenticated, EvidenceVerifier, VerificationContext } from '../verifier.js'
import { tdxClaims } from './claims.js'
import { compareTdx, type TdxFacts } from './compare.js'
import { replayLog } from './replayed-log.js'
import { parseTdxRule, type TdxRule } from './rule.js'

export const tdxVerifier: EvidenceVerifier<TdxRule, TdxFacts> = {
  kind: 'tdx',
  authenticate,
  parseRule: parseTdxRule,
  compare: compareTdx,
  ruleFrom
}

async function authenticate(
  evidence: Evidence,
  findings: Findings,
  context: VerificationContext
): Promise<Authenticated<TdxFacts>> {
  const { body, proven } = await authenticateQuote('tdx', evidence, findings, context, (quote, { report }, extension) =>
    tdxClaims(quote, report, extension)
  )
  const log = await replayLog(evidence, body.report)
  return { reportData: body.report.reportData, facts: { ...proven, report: body.report, log } }
}

/** Registers that no image determines alone stay open: RTMR3 belongs to the application. */
function ruleFrom(appraisal: Appraisal): Record<string, unknown> {
  const { mrTd, rtmr } = appraisal.claims
  if (typeof mrTd !== 'string' || !Array.isArray(rtmr)) {
    throw new UsageError('ERR_USAGE_OPTION', 'appraisal: expected one of evidence that was authenticated')
  }
  const [rtmr0, rtmr1, rtmr2] = rtmr
  return {
    kind: 'tdx',
    mrTd: [mrTd],
    rtmr: { 0: [rtmr0], 1: [rtmr1], 2: [rtmr2], 3: 'any' },
    ...platformRuleFrom(appraisal)
  }
}
