// TDX in the registry of families.
import { onDemand } from '../../core/index.js'
import type { EvidenceFamily } from '../verifier.js'
import type { TdxFacts } from './compare.js'
import { parseTdxRule, type TdxRule } from './rule.js'

export const tdxFamily: EvidenceFamily<TdxRule, TdxFacts> = {
  kind: 'tdx',
  parseRule: parseTdxRule,
  loadVerifier: onDemand(async () => (await import('./verifier.js')).tdxVerifier)
}
