// SNP in the registry of families. Its verifier is there from the start: most pages would only wait for it.
import type { EvidenceFamily } from '../verifier.js'
import type { SnpFacts } from './authenticate.js'
import { parseSnpRule } from './parse-rule.js'
import type { SnpRule } from './rule.js'
import { snpVerifier } from './verifier.js'

export const snpFamily: EvidenceFamily<SnpRule, SnpFacts> = {
  kind: 'snp',
  parseRule: parseSnpRule,
  loadVerifier: async () => snpVerifier
}
