// The list of revoked intermediates, signed by the ARK (AMD 57230, KDS; RFC 5280 §6.3).
import { equalBytes, UnavailableError } from '../../core/index.js'
import { checkCrlIssuer, checkCrlValidity, checkNotRevoked, verifyCrlSignature } from '../../x509/crl.js'
import type { CollateralUse } from '../appraisal.js'
import type { Checklist, CheckText } from '../checklist.js'
import { sha256Hex } from '../memory.js'
import type { VerificationContext } from '../verifier.js'
import type { CrlCandidate } from './candidate.js'
import type { ChainParts, SnpRoot } from './chain-parts.js'
import { crlItem } from './kds.js'

const spec = 'RFC 5280 §6.3'
const text: CheckText = { id: 'snp.revocation', title: 'intermediate is not revoked', spec }
const timesText: CheckText = { id: 'snp.list', title: 'revocation list is current', spec }
const staleTitle = 'revocation list is out of date, which the policy tolerates for so long'

/**
 * The lists that matter: those given for the issuer of the intermediate, the current ones where there are several. One is fetched
 * only where the caller requires one, and none that is given is current.
 * @throws UnavailableError where a list is required and none is to be had
 */
export async function chooseLists(
  { leaf, ask, crls }: ChainParts,
  checklist: Checklist,
  context: VerificationContext
): Promise<readonly CrlCandidate[]> {
  const given = crls.filter(({ crl }) => equalBytes(crl.issuer.der, ask.certificate.issuer.der))
  const current = given.filter(({ crl }) => isCurrent(crl, context.now))
  if (current.length > 0) return current
  const outdated = given.map((candidate) => markStale(candidate, context))
  if (!context.requireCrl) return outdated
  if (outdated.length === 0) return [await checklist.prove(timesText, () => fetchList(leaf, context))]
  return context.collateral === undefined ? outdated : fetchNewer(leaf, outdated, context)
}

/**
 * Everything about the lists that does not depend on the time.
 * @throws EvidenceError ERR_CRL_ISSUER, ERR_CERTIFICATE_REVOKED
 */
export async function checkRevocation(
  { ask, crls }: ChainParts,
  root: SnpRoot,
  checklist: Checklist
): Promise<readonly CollateralUse[]> {
  return checklist.prove(text, async () => {
    for (const { crl } of crls) {
      if (root.certificate !== undefined) checkCrlIssuer(crl, root.certificate.certificate)
      await verifyCrlSignature(crl, root.spki)
      checkNotRevoked(ask.certificate, crl)
    }
    return crls.map(useOf)
  })
}

/**
 * Returns what the verdict rests on, with the stale lists marked.
 * @throws EvidenceError ERR_CRL_EXPIRED
 */
export function checkListTimes(
  crls: readonly CrlCandidate[],
  collateral: readonly CollateralUse[],
  checklist: Checklist,
  now: Date
): readonly CollateralUse[] {
  if (crls.length === 0) return collateral
  const stale = crls.filter((candidate) => candidate.stale === true)
  const title = stale.length > 0 ? staleTitle : timesText.title
  checklist.proveNow({ ...timesText, title }, () => {
    for (const candidate of crls) if (candidate.stale !== true) checkCrlValidity(candidate.crl, now)
  })
  const isStale = (use: CollateralUse): boolean => stale.some(({ sha256 }) => sha256 === use.sha256)
  return collateral.map((use) => (isStale(use) ? { ...use, stale: true } : use))
}

async function fetchList(leaf: ChainParts['leaf'], context: VerificationContext): Promise<CrlCandidate> {
  const { collateral, now, signal, maxStaleMs } = context
  const item = crlItem(leaf.leaf.product, leaf.leaf.signingKey)
  if (collateral === undefined) {
    throw new UnavailableError('ERR_COLLATERAL_MISSING', `SNP report: not at hand: ${item.baseUrl}${item.path}`)
  }
  const lookup = { now, maxStaleMs, ...(signal === undefined ? {} : { signal }) }
  const { value: crl, bytes, source, stale } = await collateral.get(item, lookup)
  return { crl, sha256: await sha256Hex(bytes), source, ...(stale ? { stale } : {}) }
}

/** A list that is out of date says more than a network that cannot be reached. */
async function fetchNewer(
  leaf: ChainParts['leaf'],
  outdated: readonly CrlCandidate[],
  context: VerificationContext
): Promise<readonly CrlCandidate[]> {
  try {
    return [await fetchList(leaf, context)]
  } catch (error) {
    if (error instanceof UnavailableError && error.code !== 'ERR_ABORTED') return outdated
    throw error
  }
}

/** Marks a list that ended so recently that the policy still admits it. */
function markStale(candidate: CrlCandidate, { now, maxStaleMs }: VerificationContext): CrlCandidate {
  const { nextUpdate } = candidate.crl
  const ageMs = nextUpdate === undefined ? 0 : now.getTime() - nextUpdate.getTime()
  return ageMs > 0 && ageMs <= maxStaleMs ? { ...candidate, stale: true } : candidate
}

function isCurrent({ thisUpdate, nextUpdate }: CrlCandidate['crl'], now: Date): boolean {
  return nextUpdate !== undefined && thisUpdate <= now && now <= nextUpdate
}

function useOf({ crl, sha256, source }: CrlCandidate): CollateralUse {
  const { thisUpdate, nextUpdate = thisUpdate } = crl
  const [notBefore, notAfter] = [thisUpdate.toISOString(), nextUpdate.toISOString()]
  return { type: 'amd-crl', source, sha256, notBefore, notAfter, issuedAt: notBefore }
}
