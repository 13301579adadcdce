// Revocation in Intel's hierarchy: the PCK certificate by the list of its CA, the CA and the TCB signing certificate by that of the root.

import { checkCrlIssuer, checkCrlValidity, checkNotRevoked, isIssuedBy, verifyCrlSignature } from '../../x509/crl.js'
import type { Certificate } from '../../x509/index.js'
import type { Crl } from '../../x509/parse-crl.js'
import type { CheckText } from '../checklist.js'
import type { Findings } from '../findings.js'
import type { VerificationContext } from '../verifier.js'
import { pckCrlItem, rootCrlItem, validityOfCrl } from './items.js'
import { importOnce } from './keys.js'
import { findCollateral } from './lookup.js'
import type { Found, Material } from './material.js'
import type { Pck } from './pck.js'
import { pckCaOf } from './pck-chain.js'
import { datesOf, useOf } from './use.js'

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
): Promise<Found<Crl>> {
  const { leaf, ca, root } = pck.chain
  const byCa: Judgement = { subject: leaf, issuer: ca, spki: ca.spki, issuerId: pck.caId, type: 'intel-pck-crl' }
  const byRoot: Judgement = {
    subject: ca,
    issuer: root,
    spki: pck.anchor.spki,
    issuerId: pck.rootId,
    type: 'intel-root-crl'
  }
  await findings.checklist.prove(texts.pck, async () =>
    requireNotRevoked(await findPckCrl(pck, material, context), byCa, findings, context)
  )
  return findings.checklist.prove(texts.root, async () => {
    const crl = await findRootCrl(root, material, context)
    await requireNotRevoked(crl, byRoot, findings, context)
    return crl
  })
}

function findPckCrl({ chain }: Pck, material: Material, context: VerificationContext): Promise<Found<Crl>> {
  const item = () => pckCrlItem(pckCaOf(chain.leaf))
  return findList('revocation list of the PCK CA', chain.ca, item, material, context)
}

function findRootCrl(root: Certificate, material: Material, context: VerificationContext): Promise<Found<Crl>> {
  return findList('revocation list of the root CA', root, rootCrlItem, material, context)
}

function findList(
  what: string,
  issuer: Certificate,
  item: typeof rootCrlItem,
  material: Material,
  context: VerificationContext
): Promise<Found<Crl>> {
  const candidates = material.crls.filter(({ value }) => isIssuedBy(value, issuer))
  return findCollateral({ what, candidates, item, select: itself, validityOf: validityOfCrl }, context)
}

function itself(crl: Crl): Crl {
  return crl
}

interface Judgement {
  readonly subject: Certificate
  readonly issuer: Certificate
  readonly spki: Uint8Array
  readonly issuerId: string
  /** Of the list, in the appraisal. */
  readonly type: string
}

/** Whose word the list is depends on no time and is proved once. */
async function requireNotRevoked(
  found: Found<Crl>,
  { subject, issuer, spki, issuerId, type }: Judgement,
  findings: Findings,
  { memory, now }: VerificationContext
): Promise<void> {
  const { value: crl, sha256, stale } = found
  if (stale !== true) checkCrlValidity(crl, now)
  const dates = await memory.memo('intel-crl', `${sha256}/${issuerId}`, async () => {
    checkCrlIssuer(crl, issuer)
    await verifyCrlSignature(crl, spki, importOnce(memory))
    return datesOf(validityOfCrl(crl))
  })
  checkNotRevoked(subject, crl)
  findings.collateral.push(useOf(type, found, dates))
}
