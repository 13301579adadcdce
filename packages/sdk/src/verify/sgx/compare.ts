// An authenticated enclave against a rule.
import { toHex } from '../../core/index.js'
import { isDebugEnclave, type SgxReport } from '../../evidence/quote/index.js'
import type { Comparison } from '../comparison.js'
import { comparePlatform } from '../intel/compare-platform.js'
import type { ProvenQuote } from '../intel/quote-checks.js'
import type { AcceptedDigests } from '../named-digest.js'
import type { Authenticated, RuleTerms } from '../verifier.js'
import type { SgxRule } from './rule.js'

export interface SgxFacts extends ProvenQuote {
  readonly report: SgxReport
}

export function compareSgx(
  { facts }: Authenticated<SgxFacts>,
  rule: SgxRule,
  comparison: Comparison,
  terms: RuleTerms
): void {
  compareDebug(comparison, facts.report, rule)
  compareDigest(comparison, 'MRENCLAVE', rule.mrEnclave, facts.report.mrEnclave)
  compareDigest(comparison, 'MRSIGNER', rule.mrSigner, facts.report.mrSigner)
  compareVersions(comparison, facts.report, rule)
  comparePlatform(comparison, facts, rule, terms)
}

function compareDebug(comparison: Comparison, report: SgxReport, rule: SgxRule): void {
  const debug = isDebugEnclave(report)
  const text = { id: 'debug', title: 'debug is off', code: 'ERR_POLICY_DEBUG' } as const
  comparison.demand(!debug || rule.unsafeAcceptDebug === true, text, () => ['false', String(debug)])
}

function compareDigest(comparison: Comparison, name: string, accepted: AcceptedDigests, value: Uint8Array): void {
  const demand = { id: name.toLowerCase(), title: `${name} is accepted`, code: 'ERR_POLICY_MEASUREMENT' } as const
  comparison.digest(accepted, toHex(value), demand)
}

function compareVersions(comparison: Comparison, report: SgxReport, rule: SgxRule): void {
  const isAccepted = rule.isvProdId === 'any' || rule.isvProdId === report.isvProdId
  const text = { id: 'isv-prod-id', title: 'ISVPRODID is accepted', code: 'ERR_POLICY_IDENTITY' } as const
  comparison.demand(isAccepted, text, () => [String(rule.isvProdId), String(report.isvProdId)])
  const demand = { id: 'isv-svn', title: 'ISVSVN is accepted', code: 'ERR_POLICY_SVN' } as const
  comparison.atLeast(rule.minIsvSvn, report.isvSvn, demand)
}
