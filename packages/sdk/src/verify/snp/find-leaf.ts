// Finds the certificate of the key that signed a report: among the hints, then at the vendor's service where that is allowed.
import { TresorError } from '../../core/index.js'
import type { SnpReport } from '../../evidence/index.js'
import { loadExtras } from '../load-extras.js'
import type { VerificationContext } from '../verifier.js'
import type { LeafCandidate } from './candidate.js'
import type { Hints } from './chain-parts.js'
import { allFits, countFits } from './fit.js'

/**
 * The certificates that fit the report, those that are valid now first; or, where none fits, the one that comes closest, so that
 * the check that fails can be named.
 * @throws UnavailableError ERR_COLLATERAL_MISSING and what the collateral engine throws, where there is no candidate at all
 * @throws EvidenceError why the only candidates could not be read
 */
export async function findLeaves(
  report: SnpReport,
  hints: Hints,
  context: VerificationContext
): Promise<readonly LeafCandidate[]> {
  const fitting = hints.leaves.filter(({ leaf }) => countFits(report, leaf) === allFits)
  if (fitting.length === 1) return fitting
  if (fitting.length > 0) return validFirst(fitting, context.now)
  const { fetchLeaf } = await loadExtras()
  const fetched = await fetchLeaf(report, hints, context)
  if (!(fetched instanceof TresorError)) return [fetched]
  const closest = hints.leaves.toSorted((a, b) => countFits(report, b.leaf) - countFits(report, a.leaf))[0]
  if (closest !== undefined) return [closest]
  throw hints.problems[0] ?? fetched
}

/** The vendor issues the same key again with other dates. */
function validFirst(candidates: readonly LeafCandidate[], now: Date): readonly LeafCandidate[] {
  const isValid = ({ certificate }: LeafCandidate): boolean =>
    certificate.notBefore <= now && now <= certificate.notAfter
  return [...candidates.filter(isValid), ...candidates.filter((candidate) => !isValid(candidate))]
}
