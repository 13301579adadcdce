// Completes evidence with what a verifier would have to fetch, so that it can decide without any vendor's service.
import type { EvidenceProvider } from '../attest/index.js'
import type { Evidence } from '../evidence/index.js'
import { bundle, type Collateral } from '../verify/index.js'
import type { Io } from './io.js'

/** @throws what `bundle` throws */
export function endorse(
  evidence: Evidence,
  provider: EvidenceProvider,
  collateral: Collateral,
  io: Io
): Promise<Evidence> {
  return bundle(evidence, { collateral, now: io.clock(), allowSimulator: provider.simulated })
}
