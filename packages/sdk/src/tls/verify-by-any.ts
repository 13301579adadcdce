// Several policies, of which one must accept.
import type { Evidence } from '../evidence/index.js'
import type { Appraisal, Verifier } from '../verify/index.js'

/** @throws what the first verifier says, where none accepts */
export async function verifyByAny(
  verifiers: readonly Verifier[],
  evidence: Uint8Array | Evidence,
  reportData: Uint8Array
): Promise<Appraisal> {
  let first: unknown
  for (const verifier of verifiers) {
    try {
      return await verifier.verify(evidence, { reportData })
    } catch (error) {
      first ??= error // thrown below, when no other policy accepts
    }
  }
  throw first
}
