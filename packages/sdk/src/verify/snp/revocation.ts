// The list of revoked intermediates, signed by the ARK (AMD 57230, KDS; RFC 5280 §6.3).
import { equalBytes, UnavailableError } from '../../core/index.js'
import { checkCrlIssuer, checkCrlValidity, checkNotRevoked, verifyCrlSignature } from '../../x509/index.js'
import type { CollateralUse } from '../appraisal.js'
import type { Checklist, CheckText } from '../checklist.js'
import { sha256Hex } from '../memory.js'
import type { VerificationContext } from '../verifier.js'
import type { ChainParts } from './chain-parts.js'
import type { CrlCandidate } from './hints.js'
import { crlItem } from './kds.js'
import type { SnpRoot } from './root.js'

const text: CheckText = { id: 'snp.revocation', title: 'intermediate is not revoked', spec: 'RFC 5280 §6.3' }

/**
 * Checks the lists that were given; fetches one only where the caller requires one. Several lists: those that are current count.
 * @throws EvidenceError ERR_CRL_EXPIRED, ERR_CRL_ISSUER, ERR_CERTIFICATE_REVOKED
 * @throws UnavailableError where a list is required and none is to be had
 */
export async function checkRevocation(
  parts: ChainParts,
  root: SnpRoot,
  checklist: Checklist,
  context: VerificationContext
): Promise<readonly CollateralUse[]> {
  const given = parts.crls.filter(({ crl }) => equalBytes(crl.issuer.der, parts.ask.certificate.issuer.der))
  if (given.length === 0 && !context.requireCrl) {
    checklist.skip({ ...text, title: 'no revocation list was given' })
    return []
  }
  return checklist.prove(text, async () => {
    const crls = given.length > 0 ? given : [await fetchCrl(parts, context)]
    const current = crls.filter(({ crl }) => isCurrent(crl, context.now))
    for (const candidate of current.length > 0 ? current : crls) await verifyList(candidate, parts, root, context)
    return (current.length > 0 ? current : crls).map(useOf)
  })
}

async function verifyList(
  { crl, sha256 }: CrlCandidate,
  parts: ChainParts,
  root: SnpRoot,
  { now, memory }: VerificationContext
): Promise<void> {
  if (root.certificate !== undefined) checkCrlIssuer(crl, root.certificate.certificate)
  checkCrlValidity(crl, now)
  await memory.memo('crl-signature', `${sha256}.${root.keyId}`, async () => {
    await verifyCrlSignature(crl, root.spki)
    return true
  })
  checkNotRevoked(parts.ask.certificate, crl)
}

async function fetchCrl({ leaf }: ChainParts, context: VerificationContext): Promise<CrlCandidate> {
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
  const dates = { notBefore: thisUpdate.toISOString(), notAfter: nextUpdate.toISOString() }
  return { type: 'amd-crl', source, sha256, ...dates, issuedAt: dates.notBefore }
}
