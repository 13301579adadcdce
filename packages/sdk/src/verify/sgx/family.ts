// SGX in the registry of families.
import { onDemand } from '../../core/index.js'
import type { EvidenceFamily } from '../verifier.js'
import type { SgxFacts } from './compare.js'
import { parseSgxRule, type SgxRule } from './rule.js'

export const sgxFamily: EvidenceFamily<SgxRule, SgxFacts> = {
  kind: 'sgx',
  parseRule: parseSgxRule,
  loadVerifier: onDemand(async () => (await import('./verifier.js')).sgxVerifier)
}
