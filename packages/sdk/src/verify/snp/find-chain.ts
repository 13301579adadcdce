// Finds the chain above a certificate: in the hints, then at the vendor's service where that is allowed.
import { TresorError } from '../../core/index.js'
import type { CheckText } from '../checklist.js'
import type { Findings } from '../findings.js'
import { loadExtras } from '../load-extras.js'
import type { VerificationContext } from '../verifier.js'
import type { LeafCandidate } from './candidate.js'
import { type ChainAttempt, tryChain } from './chain.js'
import { type ChainParts, combine, type Hints, maxAttempts } from './chain-parts.js'

const text: CheckText = { id: 'snp.chain', title: 'certificate of the intermediate is at hand', spec: 'AMD 57230' }

/**
 * Tries the chains that the hints can form, then one from the vendor; takes over the checks of the one that holds, or of the first.
 * @throws EvidenceError, UnavailableError
 */
export async function proveChain(
  leaves: readonly [LeafCandidate, ...LeafCandidate[]],
  hints: Hints,
  findings: Findings,
  context: VerificationContext
): Promise<LeafCandidate> {
  const [first] = leaves
  let failed: ChainAttempt | undefined
  for (const parts of chainsAbove(leaves, hints)) {
    const attempt = await tryChain(parts, context)
    if (attempt.failure === undefined) return adopt(attempt, parts.leaf, findings)
    failed ??= attempt
  }
  const { fetchChain } = await loadExtras()
  const fetched = await fetchChain(first, hints, context)
  const attempt = fetched instanceof TresorError ? failed : await tryChain(fetched, context)
  if (attempt === undefined) return findings.checklist.prove(text, () => Promise.reject(fetched))
  return adopt(attempt.failure === undefined ? attempt : (failed ?? attempt), first, findings)
}

function adopt(attempt: ChainAttempt, leaf: LeafCandidate, findings: Findings): LeafCandidate {
  findings.checklist.adopt(attempt.checklist)
  findings.collateral.push(...attempt.collateral)
  findings.simulated = attempt.simulated
  if (attempt.failure !== undefined) throw attempt.failure
  return leaf
}

function chainsAbove(leaves: readonly LeafCandidate[], hints: Hints): readonly ChainParts[] {
  return leaves.flatMap((leaf) => hints.chains.get(leaf) ?? combine(leaf, hints)).slice(0, maxAttempts)
}
