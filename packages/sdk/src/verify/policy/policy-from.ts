// A first policy, from evidence that somebody looked at.
import { UnavailableError } from '../../core/index.js'
import type { EvidenceKind } from '../../evidence/index.js'
import type { Appraisal } from '../appraisal.js'
import { sgxRuleFrom } from '../sgx/rule-from.js'
import { snpRuleFrom } from '../snp/rule-from.js'
import { tdxRuleFrom } from '../tdx/rule-from.js'
import { parsePolicy } from './parse-policy.js'
import type { Policy } from './policy.js'

/** A rule, as JSON, that pins what was seen: one line for each family. Apart from the registry, since few pages write policies. */
const ruleWriters: Readonly<Record<EvidenceKind, (appraisal: Appraisal) => Record<string, unknown>>> = {
  snp: snpRuleFrom,
  tdx: tdxRuleFrom,
  sgx: sgxRuleFrom
}

/**
 * A policy that pins what `appraisal` saw: the measurement, the platform's TCB as the least, the product. It accepts no debugging
 * and no migration, even where the evidence shows them, and allows the simulator only where the evidence is the simulator's. Read
 * it before it guards anything.
 * @throws UnavailableError ERR_KIND_UNSUPPORTED
 */
export function policyFrom(appraisal: Appraisal): Policy {
  const { kind, simulated } = appraisal
  if (!Object.hasOwn(ruleWriters, kind)) {
    throw new UnavailableError('ERR_KIND_UNSUPPORTED', `evidence: kind ${kind} is not known`)
  }
  const rule = ruleWriters[kind](appraisal)
  return parsePolicy({ anyOf: [rule], ...(simulated ? { allowSimulator: true } : {}) })
}
