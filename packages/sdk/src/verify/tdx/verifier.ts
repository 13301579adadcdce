// What judges quotes of TDs.
import type { Evidence } from '../../evidence/index.js'
import type { Findings } from '../findings.js'
import { authenticateQuote } from '../intel/authenticate.js'
import type { Authenticated, EvidenceVerifier, VerificationContext } from '../verifier.js'
import { tdxClaims } from './claims.js'
import { compareTdx, type TdxFacts } from './compare.js'
import { replayLog } from './replayed-log.js'
import type { TdxRule } from './rule.js'

export const tdxVerifier: EvidenceVerifier<TdxRule, TdxFacts> = {
  authenticate,
  compare: compareTdx
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
