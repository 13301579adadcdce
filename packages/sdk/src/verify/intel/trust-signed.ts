// Is signed collateral Intel's word, and current? Its signer is a certificate under the same root as the PCK certificate.
import { crypto } from '#crypto'
import { EvidenceError } from '../../core/index.js'
import { checkNotRevoked } from '../../x509/crl.js'
import {
  type Certificate,
  checkCriticalExtensions,
  checkIssuer,
  checkLeafUse,
  checkValidity,
  nameOf,
  verifyCertificateSignature
} from '../../x509/index.js'
import type { Crl } from '../../x509/parse-crl.js'
import type { CheckText } from '../checklist.js'
import type { Findings } from '../findings.js'
import { sha256Hex } from '../memory.js'
import { intelTcbSigning, spkiOfIntelKey } from '../roots/intel.js'
import type { VerificationContext } from '../verifier.js'
import { validityOfSigned } from './items.js'
import { importOnce } from './keys.js'
import { isWithin } from './lookup.js'
import type { Found } from './material.js'
import type { Pck } from './pck.js'
import type { SignedCollateral } from './signed-collateral.js'
import { type Dates, datesOf, useOf } from './use.js'

export const pcs = 'Intel SGX and TDX Provisioning Certification Service API v4'

export interface Trust {
  readonly pck: Pck
  readonly rootCrl: Found<Crl>
  readonly findings: Findings
  readonly context: VerificationContext
}

export interface WantedSigned {
  /** In the appraisal. */
  readonly type: string
  readonly signature: CheckText
  readonly validity: CheckText
}

/** Whose word it is depends on no time and is proved once; whether it is current is checked each time. @throws EvidenceError */
export async function proveSigned(
  found: Found<SignedCollateral>,
  { type, signature, validity }: WantedSigned,
  trust: Trust
): Promise<void> {
  const { pck, rootCrl, findings, context } = trust
  const id = `${found.sha256}/${rootCrl.sha256}/${pck.rootId}`
  const dates = await findings.checklist.prove(signature, () =>
    context.memory.memo('intel-signed', id, () => verifySigned(found.value, trust))
  )
  findings.checklist.proveNow(validity, () => requireCurrent(found, context.now))
  findings.collateral.push(useOf(type, found, dates))
}

/** The signer is the head of the issuer chain; without a chain it is Intel's pinned key, and nobody else's. */
async function verifySigned(collateral: SignedCollateral, trust: Trust): Promise<Dates> {
  const { issuerChain, signedBytes, signature } = collateral
  const [signer] = issuerChain
  const spki = signer === undefined ? pinnedSigner(trust.pck) : await proveSigner(signer, trust)
  const key = await importOnce(trust.context.memory)(spki)
  if (await crypto.verifyEcdsa(key, 'sha256', signedBytes, signature)) return datesOf(validityOfSigned(collateral))
  throw new EvidenceError('ERR_COLLATERAL_SIGNATURE', 'collateral: not signed by its vendor')
}

function pinnedSigner({ anchor }: Pck): Uint8Array {
  if (anchor.kind === 'pinned') return spkiOfIntelKey(intelTcbSigning)
  throw new EvidenceError('ERR_COLLATERAL_SIGNATURE', 'collateral: came without its issuer chain')
}

async function proveSigner(signer: Certificate, { pck, rootCrl, context }: Trust): Promise<Uint8Array> {
  checkIssuer(signer, pck.chain.root)
  checkLeafUse(signer)
  checkCriticalExtensions(signer)
  requireSignerName(signer)
  checkNotRevoked(signer, rootCrl.value)
  await context.memory.memo('intel-signer', `${await sha256Hex(signer.der)}/${pck.rootId}`, async () => {
    await verifyCertificateSignature(signer, pck.anchor.spki, importOnce(context.memory))
    return true
  })
  return signer.spki
}

/** The root issues nothing else that is no authority; should it ever, that does not speak for platforms. */
function requireSignerName(signer: Certificate): void {
  if (nameOf(signer, 'commonName') === 'Intel SGX TCB Signing') return
  throw new EvidenceError('ERR_COLLATERAL_SIGNATURE', 'collateral: its signer is not Intel SGX TCB Signing')
}

function requireCurrent({ value, stale }: Found<SignedCollateral>, now: Date): void {
  const [signer] = value.issuerChain
  if (signer !== undefined) checkValidity(signer, now)
  if (stale === true || isWithin(validityOfSigned(value), now)) return
  const { issueDate, nextUpdate } = value.value
  const message = `collateral: valid from ${issueDate.toISOString()} to ${nextUpdate.toISOString()}, now is ${now.toISOString()}`
  throw new EvidenceError('ERR_COLLATERAL_EXPIRED', message)
}
