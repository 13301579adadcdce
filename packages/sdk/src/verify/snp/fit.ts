// Does a certificate belong to a report? Decided on what both say, before any signature is checked (AMD 57230, VCEK and VLEK).
import { EvidenceError, equalBytes, isZero, toHex } from '../../core/index.js'
import {
  parseTcb,
  productOfCpuid,
  type SnpProduct,
  type SnpReport,
  type SnpTcb,
  tcbComponents,
  tcbLayoutOf
} from '../../evidence/index.js'
import type { Checklist, CheckText } from '../checklist.js'
import type { SnpLeaf } from './leaf.js'

const spec = 'AMD 57230, certificate extensions'

/** How many of the four rules the certificate keeps: 4 fits. */
export function countFits(report: SnpReport, leaf: SnpLeaf): number {
  const rules = [isProductOf(report, leaf), isKeyOf(report, leaf), isTcbOf(report, leaf), isChipOf(report, leaf)]
  return rules.filter(Boolean).length
}

export const allFits = 4

/**
 * Records the rules one by one.
 * @throws EvidenceError ERR_EVIDENCE_PRODUCT, ERR_EVIDENCE_KEY, ERR_EVIDENCE_FORMAT
 */
export function checkFit(report: SnpReport, leaf: SnpLeaf, checklist: Checklist): void {
  checklist.require(
    isProductOf(report, leaf),
    productText(report, leaf),
    EvidenceError,
    'ERR_EVIDENCE_PRODUCT',
    'SNP report: its certificate is for another product'
  )
  checklist.require(
    isKeyOf(report, leaf),
    keyText(report, leaf),
    EvidenceError,
    'ERR_EVIDENCE_KEY',
    'SNP report: its certificate is for another kind of key'
  )
  parseTcb(report.reportedTcb, tcbLayoutOf(leaf.product))
  checklist.require(
    isTcbOf(report, leaf),
    tcbText(report, leaf),
    EvidenceError,
    'ERR_EVIDENCE_KEY',
    'SNP report: its certificate is for another TCB than the reported one'
  )
  if (leaf.hwId === undefined) checklist.skip({ ...chipText, title: 'a VLEK belongs to a cloud, not to a chip' })
  else
    checklist.require(
      isChipOf(report, leaf),
      { ...chipText, ...chipValues(report, leaf.hwId) },
      EvidenceError,
      'ERR_EVIDENCE_KEY',
      'SNP report: its certificate is for another chip'
    )
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

function isTcbOf(report: SnpReport, leaf: SnpLeaf): boolean {
  const reported = tryTcb(report.reportedTcb, leaf.product)
  if (reported === undefined) return false
  return tcbComponents(tcbLayoutOf(leaf.product)).every((name) => reported[name] === leaf.tcb[name])
}

/** On Turin the id is 8 bytes long and the rest of the field is zero. */
function isChipOf(report: SnpReport, { hwId }: SnpLeaf): boolean {
  if (hwId === undefined) return true
  return equalBytes(report.chipId.subarray(0, hwId.length), hwId) && isZero(report.chipId.subarray(hwId.length))
}

function tryTcb(bytes: Uint8Array, product: SnpProduct): SnpTcb | undefined {
  try {
    return parseTcb(bytes, tcbLayoutOf(product))
  } catch (error) {
    if (error instanceof EvidenceError) return undefined // another product's layout: no fit
    throw error
  }
}

function productText(report: SnpReport, leaf: SnpLeaf): CheckText {
  const actual = { actual: leaf.product }
  const text = {
    id: 'snp.product',
    title: 'report and certificate name the same product',
    spec: 'AMD 56860, CPUID_FAM_ID'
  }
  const product = productOfReport(report)
  return product === undefined ? { ...text, ...actual } : { ...text, expected: product, ...actual }
}

function keyText(report: SnpReport, leaf: SnpLeaf): CheckText {
  const title = 'certificate is of the kind of key that signed the report'
  const [expected, actual] = [report.keyInfo.signingKey, leaf.signingKey]
  return { id: 'snp.signing-key', title, expected, actual, spec: 'AMD 56860, SIGNING_KEY' }
}

function tcbText(report: SnpReport, leaf: SnpLeaf): CheckText {
  const reported = tryTcb(report.reportedTcb, leaf.product)
  const expected = reported === undefined ? toHex(report.reportedTcb) : formatTcb(reported)
  return { id: 'snp.tcb', title: 'certificate is for the reported TCB', expected, actual: formatTcb(leaf.tcb), spec }
}

const chipText: CheckText = { id: 'snp.chip', title: 'certificate is for this chip', spec }

function chipValues(report: SnpReport, hwId: Uint8Array): Pick<CheckText, 'expected' | 'actual'> {
  return { expected: toHex(report.chipId), actual: toHex(hwId) }
}

/** For people: `bootLoader 4, tee 0, snp 24, microcode 219`. */
export function formatTcb(tcb: SnpTcb): string {
  return Object.entries(tcb)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ')
}
