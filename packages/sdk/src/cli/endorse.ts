// Completes evidence with what a verifier would have to fetch, so that it can decide without any vendor's service.
import type { EvidenceProvider } from '../attest/index.js'
import { type Endorsement, type Evidence, identify, mediaTypes } from '../evidence/index.js'
import { authenticate, type Collateral } from '../verify/index.js'
import type { Io } from './io.js'

/**
 * Verifies the evidence the way that a stranger would, and keeps what had to be fetched for it.
 * @throws what `authenticate` throws
 */
export async function endorse(
  evidence: Evidence,
  provider: EvidenceProvider,
  collateral: Collateral,
  io: Io
): Promise<Evidence> {
  const fetched: Uint8Array[] = []
  const recorder: Collateral = {
    given: collateral.given,
    memo: (scope, key, make) => collateral.memo(scope, key, make),
    get: async (item, lookup) => {
      const found = await collateral.get(item, lookup)
      fetched.push(found.bytes)
      return found
    }
  }
  const requireCrl = !provider.simulated // no service lists what the simulator revoked
  const now = io.clock()
  await authenticate(evidence, { collateral: recorder, now, requireCrl, allowSimulator: provider.simulated })
  const added = [...collateral.given, ...fetched].map(asEndorsement)
  return { ...evidence, endorsements: [...evidence.endorsements, ...added] }
}

function asEndorsement(bytes: Uint8Array): Endorsement {
  const what = identify(bytes)?.what
  if (what === 'pem') return { mediaType: mediaTypes.certificateChain, bytes }
  return { mediaType: what === 'certificate-list' ? mediaTypes.certificateList : mediaTypes.certificate, bytes }
}
