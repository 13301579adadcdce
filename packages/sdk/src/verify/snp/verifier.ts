// SNP in the registry of verifiers.
import type { EvidenceVerifier } from '../verifier.js'
import { authenticateSnp, type SnpFacts } from './authenticate.js'
import { compareSnp } from './compare.js'
import { parseSnpRule } from './parse-rule.js'
import type { SnpRule } from './rule.js'
import { snpRuleFrom } from './rule-from.js'

export const snpVerifier: EvidenceVerifier<SnpRule, SnpFacts> = {
  kind: 'snp',
  authenticate: authenticateSnp,
  parseRule: parseSnpRule,
  compare: compareSnp,
  ruleFrom: snpRuleFrom
}
