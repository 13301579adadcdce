// SGX in the registry of families.
import { once } from '../once.js'
import type { EvidenceFamily } from '../verifier.js'
import type { SgxFacts } from './compare.js'
import { parseSgxRule, type SgxRule } from './rule.js'
import { sgxRuleFrom } from './rule-from.js'

export const sgxFamily: EvidenceFamily<SgxRule, SgxFacts> = {
  kind: 'sgx',
  parseRule: parseSgxRule,
  ruleFrom: sgxRuleFrom,
  loadVerifier: once(async () => (await import('./verifier.js')).sgxVerifier)
}
