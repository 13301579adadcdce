// Revocation in Intel's hierarchy: the PCK certificate by the list of its CA, the CA and the TCB signing certificate by that of the root.
import { crypto } from '#crypto'
import {
  type Certificate,
  type Crl,
  checkCrlIssuer,
  checkCrlValidity,
  checkNotRevoked,
  isIssuedBy,
  verifyCrlSignature
} from '../../x509/index.js'
import type { CheckText } from '../checklist.js'
import type { Findings } from '../findings.js'
import type { VerificationContext } from '../verifier.js'
import { type CrlWithIssuers, pckCrlItem, rootCrlItem, validityOfCrl } from './items.js'
import { findCollateral } from './lookup.js'
import type { Found, Material } from './material.js'
import type { Pck } from './pck.js'
import { pckCaOf } from './pck-chain.js'

const spec = 'Intel SGX PCK Certificate and CRL Profile 1.5 §2; RFC 5280 §6.3'
const texts = {
  pck: { id: 'pck.revocation', title: 'the PCK certificate is not revoked', spec },
  root: { id: 'ca.revocation', title: 'no CA of the PCK chain is revoked', spec }
} satisfies Record<string, CheckText>

/**
 * Checks both lists, and returns that of the root for the collateral's own signer.
 * @throws EvidenceError ERR_CERTIFICATE_REVOKED, ERR_CRL_EXPIRED, ERR_CRL_ISSUER
 * @throws UnavailableError ERR_COLLATERAL_MISSING
 */
export async function checkRevocation(
  pck: Pck,
  material: Material,
  findings: Findings,
  context: VerificationContext
): Promise<Crl> {
  const { leaf, ca, root } = pck.chain
  const { checklist } = findings
  await checklist.prove(texts.pck, async () => {
    const crl = await findPckCrl(pck, material, context)
    await verifyList(crl, ca, ca.spki, findings, context)
    checkNotRevoked(leaf, crl.value)
  })
  return checklist.prove(texts.root, async () => {
    const crl = await findRootCrl(root, material, context)
    await verifyList(crl, root, pck.anchor.spki, findings, context)
    checkNotRevoked(ca, crl.value)
    return crl.value
  })
}

function findPckCrl({ chain }: Pck, material: Material, context: VerificationContext): Promise<Found<Crl>> {
  return findList('revocation list of the PCK CA', chain.ca, pckCrlItem(pckCaOf(chain.leaf)), material, context)
}

function findRootCrl(root: Certificate, material: Material, context: VerificationContext): Promise<Found<Crl>> {
  return findList('revocation list of the root CA', root, rootCrlItem(), material, context)
}

function findList(
  what: string,
  issuer: Certificate,
  item: ReturnType<typeof rootCrlItem>,
  material: Material,
  context: VerificationContext
): Promise<Found<Crl>> {
  const candidates = material.crls.filter(({ value }) => isIssuedBy(value, issuer))
  const select = ({ crl }: CrlWithIssuers): Crl => crl
  return findCollateral({ what, candidates, item, select, validityOf: validityOfCrl }, context)
}

/** The signature is remembered: it depends on list and key only. */
async function verifyList(
  found: Found<Crl>,
  issuer: Certificate,
  spki: Uint8Array,
  findings: Findings,
  context: VerificationContext
): Promise<void> {
  const { value: crl, sha256, source, stale } = found
  checkCrlIssuer(crl, issuer)
  if (stale !== true) checkCrlValidity(crl, context.now)
  const key = await crypto.hash('sha256', spki)
  await context.memory.memo('intel-crl-signature', `${sha256}.${key.join('')}`, async () => {
    await verifyCrlSignature(crl, spki)
    return true
  })
  const { notBefore, notAfter } = validityOfCrl(crl)
  findings.collateral.push({
    type: 'intel-crl',
    source,
    sha256,
    notBefore: notBefore.toISOString(),
    notAfter: notAfter.toISOString(),
    ...(stale === true ? { stale } : {})
  })
}
