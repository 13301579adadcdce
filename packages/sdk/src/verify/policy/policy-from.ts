// A first policy, from evidence that somebody looked at.
import { UnavailableError } from '../../core/index.js'
import type { Appraisal } from '../appraisal.js'
import { familyOf } from '../registry.js'
import { parsePolicy } from './parse-policy.js'
import type { Policy } from './policy.js'

/**
 * A policy that pins what `appraisal` saw: the measurement, the platform's TCB as the least, the product. It accepts no debugging
 * and no migration, even where the evidence shows them, and allows the simulator only where the evidence is the simulator's. Read
 * it before it guards anything.
 * @throws UnavailableError ERR_KIND_UNSUPPORTED
 */
export function policyFrom(appraisal: Appraisal): Policy {
  const family = familyOf(appraisal.kind)
  if (family === undefined)
    throw new UnavailableError('ERR_KIND_UNSUPPORTED', `evidence: kind ${appraisal.kind} is not known`)
  const rule = family.ruleFrom(appraisal)
  return parsePolicy({ anyOf: [rule], ...(appraisal.simulated ? { allowSimulator: true } : {}) })
}
