// The platform's part of a rule, from an appraisal.
import type { Appraisal } from '../appraisal.js'

/** As JSON: what an appraisal saw, where that is healthy. A platform that is out of date is not made acceptable by being seen. */
export function platformRuleFrom({ tcb }: Appraisal): Record<string, unknown> {
  if (tcb.status !== 'SWHardeningNeeded') return { tcbStatus: ['UpToDate'] }
  return {
    tcbStatus: ['UpToDate', tcb.status],
    ...(tcb.advisories.length === 0 ? {} : { advisories: [...tcb.advisories] })
  }
}
