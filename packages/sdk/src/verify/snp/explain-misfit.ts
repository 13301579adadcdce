// Why a certificate is not the one of a report.
import { EvidenceError, toHex } from '../../core/index.js'
import { parseTcb, type SnpReport, tcbLayoutOf } from '../../evidence/index.js'
import type { Checklist, CheckText } from '../checklist.js'
import { fitTexts, formatTcb, isKeyOf, isProductOf, isTcbOf, productOfReport } from './fit.js'
import type { SnpLeaf } from './leaf.js'

/**
 * Records the rules that the certificate keeps, and the first that it breaks. Only for one that breaks any.
 * @throws EvidenceError ERR_EVIDENCE_PRODUCT, ERR_EVIDENCE_KEY, ERR_EVIDENCE_FORMAT
 */
export function explainMisfit(report: SnpReport, leaf: SnpLeaf, checklist: Checklist): never {
  const require = (isMet: boolean, rule: CheckText, expected: string, actual: string, what: string): void => {
    const text = { ...rule, expected, actual }
    const code = rule === fitTexts.product ? 'ERR_EVIDENCE_PRODUCT' : 'ERR_EVIDENCE_KEY'
    const message = `SNP report: its certificate is for another ${what}`
    if (!isMet) throw checklist.fail(text, EvidenceError, code, message)
    checklist.pass(text)
  }
  const { product, signingKey, tcb, hwId = new Uint8Array() } = leaf
  require(isProductOf(report, leaf), fitTexts.product, productOfReport(report) ?? 'any', product, 'product')
  require(isKeyOf(report, leaf), fitTexts.key, report.keyInfo.signingKey, signingKey, 'kind of key')
  const reported = parseTcb(report.reportedTcb, tcbLayoutOf(product))
  require(isTcbOf(report, leaf), fitTexts.tcb, formatTcb(reported), formatTcb(tcb), 'TCB than the reported one')
  require(false, fitTexts.chip, toHex(report.chipId), toHex(hwId), 'chip')
  throw new TypeError('unreachable: the last requirement is not met')
}
