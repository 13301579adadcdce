// The families of evidence that can be verified, one line each.
import { sgxFamily } from './sgx/family.js'
import { snpFamily } from './snp/family.js'
import { tdxFamily } from './tdx/family.js'
import type { EvidenceFamily, EvidenceVerifier } from './verifier.js'

/** A family, whatever its rule and facts are: both go back to the family that they came from. */
export type AnyFamily = EvidenceFamily<unknown, unknown>
export type AnyVerifier = EvidenceVerifier<unknown, unknown>

const families: readonly AnyFamily[] = [snpFamily, tdxFamily, sgxFamily]

export function familyOf(kind: string): AnyFamily | undefined {
  return families.find((family) => family.kind === kind)
}
