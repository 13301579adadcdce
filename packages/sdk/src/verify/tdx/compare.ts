// An authenticated TD against a rule.
import { isZero, toHex } from '../../core/index.js'
import { decodeTdAttributes, type TdReport } from '../../evidence/quote/index.js'
import type { Comparison } from '../comparison.js'
import { comparePlatform } from '../intel/compare-platform.js'
import type { ProvenQuote } from '../intel/quote-checks.js'
import type { AcceptedDigests } from '../named-digest.js'
import type { Authenticated, RuleTerms } from '../verifier.js'
import { explainRtmr } from './explain-rtmr.js'
import type { ReplayedLog } from './replayed-log.js'
import { rtmrIndexes } from './rtmr.js'
import type { AttributeFlag, RegisterName, TdxRule } from './rule.js'

export interface TdxFacts extends ProvenQuote {
  readonly report: TdReport
  /** The event log that came with the evidence, where it leads to the registers of the quote. */
  readonly log: ReplayedLog | undefined
}

export function compareTdx(
  { facts }: Authenticated<TdxFacts>,
  rule: TdxRule,
  comparison: Comparison,
  terms: RuleTerms
): void {
  compareDebug(comparison, facts.report, rule)
  compareRegister(comparison, 'MRTD', 'mr-td', rule.mrTd, facts.report.mrTd)
  for (const index of rtmrIndexes) compareRtmr(comparison, facts, rule, index)
  compareVmid(comparison, facts.report, rule)
  compareIdentities(comparison, facts.report, rule)
  compareAttributes(comparison, facts.report, rule)
  comparePlatform(comparison, facts, rule, terms)
}

/** The whole low byte of the attributes is "TD under debug": any bit of it opens the TD to its host. */
function compareDebug(comparison: Comparison, { tdAttributes }: TdReport, rule: TdxRule): void {
  const debug = !isZero(tdAttributes.subarray(0, 1))
  const text = { id: 'debug', title: 'debug is off', code: 'ERR_POLICY_DEBUG' } as const
  comparison.demand(!debug || rule.unsafeAcceptDebug === true, text, () => ['false', String(debug)])
}

function compareRegister(
  comparison: Comparison,
  name: string,
  id: string,
  accepted: AcceptedDigests,
  value: Uint8Array
): void {
  comparison.digest(accepted, toHex(value), { id, title: `${name} is accepted`, code: 'ERR_POLICY_MEASUREMENT' })
}

function compareRtmr(comparison: Comparison, facts: TdxFacts, rule: TdxRule, index: 0 | 1 | 2 | 3): void {
  const accepted = rule.rtmr[index]
  const demand = { id: `rtmr${index}`, title: `RTMR${index} is accepted`, code: 'ERR_POLICY_MEASUREMENT' } as const
  const explain = (): string => explainRtmr(accepted, facts.log, index)
  comparison.digest(accepted, toHex(facts.report.rtmr[index]), demand, explain)
}

/** The registers measure the TD; a virtual machine inside of a partitioned TD runs what the TD let it run. */
function compareVmid(comparison: Comparison, { extended }: TdReport, { vmid: wanted = 0 }: TdxRule): void {
  const actual = extended?.vmid ?? 0
  if (extended === undefined && wanted === 0) return
  const text = { id: 'vmid', title: 'virtual machine in the TD is accepted', code: 'ERR_POLICY_IDENTITY' } as const
  comparison.demand(actual === wanted, text, () => [String(wanted), String(actual)])
}

const identities: readonly (readonly [RegisterName, string])[] = [
  ['mrSeam', 'MRSEAM'],
  ['mrConfigId', 'MRCONFIGID'],
  ['mrOwner', 'MROWNER'],
  ['mrOwnerConfig', 'MROWNERCONFIG'],
  ['mrServiceTd', 'MRSERVICETD']
]

function compareIdentities(comparison: Comparison, report: TdReport, rule: TdxRule): void {
  for (const [field, name] of identities) {
    const accepted = rule[field]
    if (accepted === undefined) continue
    const value = report[field]
    const actual = value === undefined ? 'none (TD 1.0)' : toHex(value)
    const isCode = field === 'mrSeam' || field === 'mrServiceTd'
    const code = isCode ? 'ERR_POLICY_MEASUREMENT' : 'ERR_POLICY_IDENTITY'
    comparison.digest(accepted, actual, { id: field, title: `${name} is accepted`, code })
  }
}

function compareAttributes(comparison: Comparison, report: TdReport, rule: TdxRule): void {
  const code = 'ERR_POLICY_GUEST_POLICY'
  const actual = decodeTdAttributes(report.tdAttributes)
  for (const [flag, wanted] of Object.entries(rule.attributes ?? {}) as [AttributeFlag, boolean][]) {
    // the keys of a parsed rule
    const text = { id: `attributes.${flag}`, title: `attribute ${flag} is accepted`, code } as const
    comparison.demand(actual[flag] === wanted, text, () => [String(wanted), String(actual[flag])])
  }
  comparison.oneOf(rule.xfam, toHex(report.xfam), { id: 'xfam', title: 'XFAM is accepted', code })
}
