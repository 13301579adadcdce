// TDX in the registry of families.
import { once } from '../once.js'
import type { EvidenceFamily } from '../verifier.js'
import type { TdxFacts } from './compare.js'
import { parseTdxRule, type TdxRule } from './rule.js'
import { tdxRuleFrom } from './rule-from.js'

export const tdxFamily: EvidenceFamily<TdxRule, TdxFacts> = {
  kind: 'tdx',
  parseRule: parseTdxRule,
  ruleFrom: tdxRuleFrom,
  loadVerifier: once(async () => (await import('./verifier.js')).tdxVerifier)
}
