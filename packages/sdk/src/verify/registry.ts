// The families of evidence that can be verified, one line each.
import { sgxVerifier } from './sgx/index.js'
import { snpVerifier } from './snp/index.js'
import { tdxVerifier } from './tdx/index.js'
import type { EvidenceVerifier } from './verifier.js'

/** A family, whatever its rule and facts are: both go back to the verifier that they came from. */
export type AnyVerifier = EvidenceVerifier<unknown, unknown>

const verifiers: readonly AnyVerifier[] = [snpVerifier, tdxVerifier, sgxVerifier]

export function verifierOf(kind: string): AnyVerifier | undefined {
  return verifiers.find((verifier) => verifier.kind === kind)
}
