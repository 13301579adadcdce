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

/**
 * The lists that matter: those given for the issuer of the intermediate, the current ones where there are several. One is fetched
 * only where the caller requires one.
 * @throws UnavailableError where a list is required and none is to be had
 */
export async function chooseLists(
  { leaf, ask, crls }: ChainParts,
  checklist: Checklist,
  context: VerificationContext
): Promise<readonly CrlCandidate[]> {
  const given = crls.filter(({ crl }) => equalBytes(crl.issuer.der, ask.certificate.issuer.der))
  if (given.length === 0)
    return context.requireCrl ? [await checklist.prove(timesText, () => fetchList(leaf, context))] : []
  const current = given.filter(({ crl }) => isCurrent(crl, context.now))
  return current.length > 0 ? current : given
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

/** @throws EvidenceError ERR_CRL_EXPIRED */
export function checkListTimes(crls: readonly CrlCandidate[], checklist: Checklist, now: Date): void {
  if (crls.length === 0) return
  checklist.proveNow(timesText, () => {
    for (const { crl } of crls) checkCrlValidity(crl, now)
  })
}

async function fetchList(leaf: ChainParts['leaf'], context: VerificationContext): Promise<CrlCandidate> {
  const { collateral, now, signal } = context
  const item = crlItem(leaf.leaf.product, leaf.leaf.signingKey)
  if (collateral === undefined) {
    throw new UnavailableError('ERR_COLLATERAL_MISSING', `SNP report: not at hand: ${item.baseUrl}${item.path}`)
  }
  const found = await collateral.get(item, signal === undefined ? { now } : { now, signal })
  return { crl: found.value, sha256: await sha256Hex(found.bytes), source: found.source }
}

function isCurrent({ thisUpdate, nextUpdate }: CrlCandidate['crl'], now: Date): boolean {
  return nextUpdate !== undefined && thisUpdate <= now && now <= nextUpdate
}

function useOf({ crl, sha256, source }: CrlCandidate): CollateralUse {
  const { thisUpdate, nextUpdate = thisUpdate } = crl
  const [notBefore, notAfter] = [thisUpdate.toISOString(), nextUpdate.toISOString()]
  return { type: 'amd-crl', source, sha256, notBefore, notAfter, issuedAt: notBefore }
}
