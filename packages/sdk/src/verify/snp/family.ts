// SNP in the registry of families.
import { onDemand } from '../../core/index.js'
import type { EvidenceFamily } from '../verifier.js'
import type { SnpFacts } from './authenticate.js'
import { parseSnpRule } from './parse-rule.js'
import type { SnpRule } from './rule.js'

export const snpFamily: EvidenceFamily<SnpRule, SnpFacts> = {
  kind: 'snp',
  parseRule: parseSnpRule,
  loadVerifier: onDemand(async () => (await import('./verifier.js')).snpVerifier)
}
