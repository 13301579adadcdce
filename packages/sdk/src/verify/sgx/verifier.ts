// What judges quotes of enclaves.
import { toHex } from '../../core/index.js'
import type { Evidence } from '../../evidence/index.js'
import { isDebugEnclave, type Quote, type SgxReport } from '../../evidence/quote/index.js'
import type { Claims, Findings } from '../findings.js'
import { authenticateQuote } from '../intel/authenticate.js'
import { platformClaims } from '../intel/claims.js'
import type { PckExtension } from '../intel/pck-extension.js'
import type { Authenticated, EvidenceVerifier, VerificationContext } from '../verifier.js'
import { compareSgx, type SgxFacts } from './compare.js'
import type { SgxRule } from './rule.js'

export const sgxVerifier: EvidenceVerifier<SgxRule, SgxFacts> = {
  authenticate,
  compare: compareSgx
}

async function authenticate(
  evidence: Evidence,
  findings: Findings,
  context: VerificationContext
): Promise<Authenticated<SgxFacts>> {
  const { body, proven } = await authenticateQuote('sgx', evidence, findings, context, (quote, { report }, extension) =>
    sgxClaims(quote, report, extension)
  )
  return { reportData: body.report.reportData, facts: { ...proven, report: body.report } }
}

function sgxClaims(quote: Quote, report: SgxReport, extension?: PckExtension): Claims {
  return {
    tee: 'sgx',
    mrEnclave: toHex(report.mrEnclave),
    mrSigner: toHex(report.mrSigner),
    isvProdId: report.isvProdId,
    isvSvn: report.isvSvn,
    reportData: toHex(report.reportData),
    debug: isDebugEnclave(report),
    attributes: toHex(report.attributes),
    miscSelect: toHex(report.miscSelect),
    cpuSvn: toHex(report.cpuSvn),
    configId: toHex(report.configId),
    configSvn: report.configSvn,
    isvExtProdId: toHex(report.isvExtProdId),
    isvFamilyId: toHex(report.isvFamilyId),
    ...platformClaims(quote, extension)
  }
}
