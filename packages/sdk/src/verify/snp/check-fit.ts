// The rules of fit.ts as checks.
import type { SnpReport } from '../../evidence/index.js'
import type { Check } from '../appraisal.js'
import type { Checklist } from '../checklist.js'
import { loadExtras } from '../load-extras.js'
import { allFits, countFits, fitTexts } from './fit.js'
import type { SnpLeaf } from './leaf.js'

const passed: readonly Check[] = [fitTexts.product, fitTexts.key, fitTexts.tcb].map((text) => ({
  ...text,
  outcome: 'passed'
}))

/**
 * Records the rules one by one.
 * @throws EvidenceError ERR_EVIDENCE_PRODUCT, ERR_EVIDENCE_KEY, ERR_EVIDENCE_FORMAT
 */
export async function checkFit(report: SnpReport, leaf: SnpLeaf, checklist: Checklist): Promise<void> {
  if (countFits(report, leaf) !== allFits) throw (await loadExtras()).explainMisfit(report, leaf, checklist)
  checklist.passAll(passed)
  if (leaf.hwId === undefined) checklist.skip(fitTexts.noChip)
  else checklist.pass(fitTexts.chip)
}
