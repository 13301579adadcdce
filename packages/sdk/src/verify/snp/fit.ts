// Does a certificate belong to a report? Decided on what both say, before any signature is checked (AMD 57230, VCEK and VLEK).
import { equalBytes, isZero } from '../../core/index.js'
import { productOfCpuid, type SnpProduct, type SnpReport, type SnpTcb } from '../../evidence/index.js'
import type { CheckText } from '../checklist.js'
import type { SnpLeaf } from './leaf.js'

const spec = 'AMD 57230, certificate extensions'

export const fitTexts: Readonly<Record<'product' | 'key' | 'tcb' | 'chip' | 'noChip', CheckText>> = {
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
}

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

/** The product of a report of version 3 or later, as its processor says. */
export function productOfReport(report: SnpReport): SnpProduct | undefined {
  return report.cpuid === undefined ? undefined : productOfCpuid(report.cpuid)
}

/** Reports of version 2 name no product: their certificate does. */
export function isProductOf(report: SnpReport, leaf: SnpLeaf): boolean {
  return report.cpuid === undefined || productOfCpuid(report.cpuid) === leaf.product
}

export function isKeyOf(report: SnpReport, leaf: SnpLeaf): boolean {
  return report.keyInfo.signingKey === leaf.signingKey
}

/** Also false for reserved bytes that are set. */
export function isTcbOf(report: SnpReport, leaf: SnpLeaf): boolean {
  return equalBytes(report.reportedTcb, leaf.tcbBytes)
}

/** On Turin the id is 8 bytes long and the rest of the field is zero. */
function isChipOf({ chipId }: SnpReport, { hwId }: SnpLeaf): boolean {
  if (hwId === undefined || equalBytes(chipId, hwId)) return true
  return equalBytes(chipId.subarray(0, hwId.length), hwId) && isZero(chipId.subarray(hwId.length))
}

/** For people: `bootLoader 4, tee 0, snp 24, microcode 219`. */
export function formatTcb(tcb: SnpTcb): string {
  return Object.entries(tcb)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ')
}
