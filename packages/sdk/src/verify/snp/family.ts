// SNP in the registry of families.
import { once } from '../once.js'
import type { EvidenceFamily } from '../verifier.js'
import type { SnpFacts } from './authenticate.js'
import { parseSnpRule } from './parse-rule.js'
import type { SnpRule } from './rule.js'
import { snpRuleFrom } from './rule-from.js'

export const snpFamily: EvidenceFamily<SnpRule, SnpFacts> = {
  kind: 'snp',
  parseRule: parseSnpRule,
  ruleFrom: snpRuleFrom,
  loadVerifier: once(async () => (await import('./verifier.js')).snpVerifier)
}
