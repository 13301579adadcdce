// A rule that pins what an appraisal of TDX evidence saw.
import { UsageError } from '../../core/index.js'
import type { Appraisal } from '../appraisal.js'
import { platformRuleFrom } from '../intel/platform-rule-from.js'

/** Registers that no image determines alone stay open: RTMR3 belongs to the application. */
export function tdxRuleFrom(appraisal: Appraisal): Record<string, unknown> {
  const { mrTd, rtmr, vmid } = appraisal.claims
  if (typeof mrTd !== 'string' || !Array.isArray(rtmr)) {
    throw new UsageError('ERR_USAGE_OPTION', 'appraisal: expected one of evidence that was authenticated')
  }
  const [rtmr0, rtmr1, rtmr2] = rtmr
  return {
    kind: 'tdx',
    mrTd: [mrTd],
    rtmr: { 0: [rtmr0], 1: [rtmr1], 2: [rtmr2], 3: 'any' },
    ...(typeof vmid === 'number' && vmid > 0 ? { vmid } : {}),
    ...platformRuleFrom(appraisal)
  }
}
