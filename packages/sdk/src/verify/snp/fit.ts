// Does a certificate belong to a report? Decided on what both say, before any signature is checked (AMD 57230, VCEK and VLEK).
import { EvidenceError, equalBytes, isZero, toHex } from '../../core/index.js'
import {
  parseTcb,
  productOfCpuid,
  type SnpProduct,
  type SnpReport,
  type SnpTcb,
  tcbLayoutOf
} from '../../evidence/index.js'
import type { Check } from '../appraisal.js'
import type { Checklist, CheckText } from '../checklist.js'
import type { SnpLeaf } from './leaf.js'

const spec = 'AMD 57230, certificate extensions'

const texts = {
  product: {
    id: 'snp.product',
    title: 'report and certificate name the same product',
    spec: 'AMD 56860, CPUID_FAM_ID'
  },
  key: {
    id: 'snp.signing-key',
    title: 'certificate is of the kind of key that signed the report',
    spec: 'AMD 56860, SIGNING_KEY'
  },
  tcb: { id: 'snp.tcb', title: 'certificate is for the reported TCB', spec },
  chip: { id: 'snp.chip', title: 'certificate is for this chip', spec },
  noChip: { id: 'snp.chip', title: 'a VLEK belongs to a cloud, not to a chip', spec }
} as const satisfies Record<string, CheckText>

const passed: readonly Check[] = [texts.product, texts.key, texts.tcb].map((text) => ({ ...text, outcome: 'passed' }))

/** How many of the four rules the certificate keeps: 4 fits. */
export function countFits(report: SnpReport, leaf: SnpLeaf): number {
  return (
    Number(isProductOf(report, leaf)) +
    Number(isKeyOf(report, leaf)) +
    Number(isTcbOf(report, leaf)) +
    Number(isChipOf(report, leaf))
  )
}

export const allFits = 4

/**
 * Records the rules one by one.
 * @throws EvidenceError ERR_EVIDENCE_PRODUCT, ERR_EVIDENCE_KEY, ERR_EVIDENCE_FORMAT
 */
export function checkFit(report: SnpReport, leaf: SnpLeaf, checklist: Checklist): void {
  if (countFits(report, leaf) !== allFits) explainMisfit(report, leaf, checklist)
  checklist.passAll(passed)
  if (leaf.hwId === undefined) checklist.skip(texts.noChip)
  else checklist.pass(texts.chip)
}

/** The product of a report of version 3 or later, as its processor says. */
export function productOfReport(report: SnpReport): SnpProduct | undefined {
  return report.cpuid === undefined ? undefined : productOfCpuid(report.cpuid)
}

/** Reports of version 2 name no product: their certificate does. */
function isProductOf(report: SnpReport, leaf: SnpLeaf): boolean {
  return report.cpuid === undefined || productOfCpuid(report.cpuid) === leaf.product
}

function isKeyOf(report: SnpReport, leaf: SnpLeaf): boolean {
  return report.keyInfo.signingKey === leaf.signingKey
}

/** Also false for reserved bytes that are set. */
function isTcbOf(report: SnpReport, leaf: SnpLeaf): boolean {
  return equalBytes(report.reportedTcb, leaf.tcbBytes)
}

/** On Turin the id is 8 bytes long and the rest of the field is zero. */
function isChipOf(report: SnpReport, { hwId }: SnpLeaf): boolean {
  if (hwId === undefined) return true
  return equalBytes(report.chipId.subarray(0, hwId.length), hwId) && isZero(report.chipId.subarray(hwId.length))
}

function explainMisfit(report: SnpReport, leaf: SnpLeaf, checklist: Checklist): never {
  const require = (isMet: boolean, text: CheckText, expected: string, actual: string, what: string): void =>
    checklist.require(
      isMet,
      { ...text, expected, actual },
      EvidenceError,
      text === texts.product ? 'ERR_EVIDENCE_PRODUCT' : 'ERR_EVIDENCE_KEY',
      `SNP report: its certificate is for another ${what}`
    )
  const { product, signingKey, tcb, hwId = new Uint8Array() } = leaf
  require(isProductOf(report, leaf), texts.product, productOfReport(report) ?? 'any', product, 'product')
  require(isKeyOf(report, leaf), texts.key, report.keyInfo.signingKey, signingKey, 'kind of key')
  const reported = parseTcb(report.reportedTcb, tcbLayoutOf(product))
  require(isTcbOf(report, leaf), texts.tcb, formatTcb(reported), formatTcb(tcb), 'TCB than the reported one')
  require(false, texts.chip, toHex(report.chipId), toHex(hwId), 'chip')
  throw new TypeError('unreachable: the last requirement is not met')
}

/** For people: `bootLoader 4, tee 0, snp 24, microcode 219`. */
export function formatTcb(tcb: SnpTcb): string {
  return Object.entries(tcb)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ')
}
