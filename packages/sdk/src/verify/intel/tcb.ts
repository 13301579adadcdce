// Steps five and six of a quote: the quoting enclave against Intel's identity, the platform against Intel's levels.
import { crypto } from '#crypto'
import { EvidenceError } from '../../core/index.js'
import type { Quote } from '../../evidence/quote/index.js'
import {
  type Certificate,
  type Crl,
  checkCriticalExtensions,
  checkIssuer,
  checkLeafUse,
  checkNotRevoked,
  checkValidity
} from '../../x509/index.js'
import type { CheckText } from '../checklist.js'
import type { Findings } from '../findings.js'
import { sha256Hex, verifySignedBy } from '../memory.js'
import { intelTcbSigning, spkiOfIntelKey } from '../roots/intel.js'
import type { VerificationContext } from '../verifier.js'
import { type IntelTee, qeIdentityItem, qeIdOf, tcbInfoItem } from './items.js'
import { findCollateral, isWithin } from './lookup.js'
import type { Found, Material } from './material.js'
import type { Pck } from './pck.js'
import { findQeDifference } from './qe-identity.js'
import type { SignedCollateral, SignedQeIdentity, SignedTcbInfo } from './signed-collateral.js'
import { findModuleDifference, rateSgxPlatform, rateTdxPlatform, type TcbRating } from './tcb-evaluation.js'
import { findSvnLevel, type Rating } from './tcb-level.js'

const pcs = 'Intel SGX and TDX Provisioning Certification Service API v4'
const texts = {
  tcbSignature: { id: 'tcb.signature', title: 'the TCB info is signed by Intel', spec: `${pcs}, Get TCB Info` },
  tcbValidity: { id: 'tcb.validity', title: 'the TCB info is current', spec: `${pcs}, Get TCB Info` },
  tcbPlatform: { id: 'tcb.platform', title: 'the TCB info is of this platform', spec: `${pcs}, Get TCB Info` },
  qeSignature: {
    id: 'qe.identity-signature',
    title: 'the QE identity is signed by Intel',
    spec: `${pcs}, Get Quoting Enclave Identity`
  },
  qeValidity: {
    id: 'qe.identity-validity',
    title: 'the QE identity is current',
    spec: `${pcs}, Get Quoting Enclave Identity`
  },
  qe: { id: 'qe.identity', title: "the quoting enclave is Intel's", spec: `${pcs}, Get Quoting Enclave Identity` },
  module: { id: 'tdx.module', title: "the TDX module is Intel's", spec: `${pcs}, tdxModule and tdxModuleIdentities` },
  level: { id: 'tcb.level', title: 'a level of the TCB info matches the platform', spec: `${pcs}, TCB evaluation` }
} satisfies Record<string, CheckText>

export interface Rated {
  readonly rating: TcbRating
  readonly evaluationDataNumber: number
}

/** @throws EvidenceError ERR_COLLATERAL_*, ERR_TCB_UNSUPPORTED, ERR_EVIDENCE_KEY; UnavailableError ERR_COLLATERAL_MISSING */
export async function ratePlatform(
  quote: Quote,
  pck: Pck,
  rootCrl: Crl,
  material: Material,
  findings: Findings,
  context: VerificationContext
): Promise<Rated> {
  const trust: Trust = { pck, rootCrl, findings, context }
  const info = await proveTcbInfo(quote.body.tee, material, trust)
  const identity = await proveQeIdentity(quote.body.tee, material, trust)
  const { checklist } = findings
  const qe = await checklist.prove(texts.qe, () => rateQe(identity, quote))
  if (quote.body.tee === 'tdx') await checklist.prove(texts.module, () => requireModule(info, quote))
  const rating = await checklist.prove(texts.level, () => rate(info, pck, quote, qe))
  const evaluationDataNumber = Math.min(info.value.tcbEvaluationDataNumber, identity.value.tcbEvaluationDataNumber)
  return { rating, evaluationDataNumber }
}

interface Trust {
  readonly pck: Pck
  readonly rootCrl: Crl
  readonly findings: Findings
  readonly context: VerificationContext
}

async function proveTcbInfo(tee: IntelTee, material: Material, trust: Trust): Promise<SignedTcbInfo> {
  const { fmspc } = trust.pck.extension
  const all = material.collateral.filter(isTcbInfo)
  const candidates = all.filter(({ value }) => isOfPlatform(value, tee, trust.pck))
  const foreign = all[0] === undefined ? undefined : `TCB info of ${all[0].value.value.tee} ${all[0].value.value.fmspc}`
  const wanted = {
    what: `TCB info of ${tee} ${fmspc}`,
    candidates,
    foreign,
    item: tcbInfoItem(tee, fmspc),
    select: itself,
    validityOf
  }
  const found = await findCollateral<SignedTcbInfo, SignedTcbInfo>(wanted, trust.context)
  await proveSigned(found, texts.tcbSignature, texts.tcbValidity, trust)
  await trust.findings.checklist.prove(texts.tcbPlatform, () => requirePlatform(found.value, tee, trust.pck))
  return found.value
}

async function proveQeIdentity(tee: IntelTee, material: Material, trust: Trust): Promise<SignedQeIdentity> {
  const all = material.collateral.filter(isQeIdentity)
  const candidates = all.filter(({ value }) => value.value.id === qeIdOf(tee))
  const foreign = all[0] === undefined ? undefined : `identity ${all[0].value.value.id}`
  const wanted = {
    what: `QE identity ${qeIdOf(tee)}`,
    candidates,
    foreign,
    item: qeIdentityItem(tee),
    select: itself,
    validityOf
  }
  const found = await findCollateral<SignedQeIdentity, SignedQeIdentity>(wanted, trust.context)
  await proveSigned(found, texts.qeSignature, texts.qeValidity, trust)
  return found.value
}

function isTcbInfo(found: Found<SignedCollateral>): found is Found<SignedTcbInfo> {
  return found.value.kind === 'tcb-info'
}

function isQeIdentity(found: Found<SignedCollateral>): found is Found<SignedQeIdentity> {
  return found.value.kind === 'qe-identity'
}

function itself<T>(value: T): T {
  return value
}

function validityOf({ value }: SignedCollateral): { readonly notBefore: Date; readonly notAfter: Date } {
  return { notBefore: value.issueDate, notAfter: value.nextUpdate }
}

function isOfPlatform({ value }: SignedTcbInfo, tee: IntelTee, { extension }: Pck): boolean {
  return value.tee === tee && value.fmspc === extension.fmspc && value.pceId === extension.pceId
}

function requirePlatform(info: SignedTcbInfo, tee: IntelTee, pck: Pck): void {
  if (isOfPlatform(info, tee, pck)) return
  const { fmspc, pceId } = pck.extension
  const { value } = info
  const message = `TCB info: expected ${tee}, FMSPC ${fmspc}, PCE ${pceId}, found ${value.tee}, ${value.fmspc}, ${value.pceId}`
  throw new EvidenceError('ERR_COLLATERAL_MISMATCH', message)
}

async function proveSigned(
  found: Found<SignedCollateral>,
  signature: CheckText,
  validity: CheckText,
  trust: Trust
): Promise<void> {
  const { checklist } = trust.findings
  await checklist.prove(signature, () => verifySigned(found, trust))
  await checklist.prove(validity, () => requireCurrent(found, trust.context.now))
  noteUse(found, trust.findings)
}

/** The signer is the head of the issuer chain; without a chain it is Intel's pinned key, and nobody else's. */
async function verifySigned(found: Found<SignedCollateral>, trust: Trust): Promise<void> {
  const signer = await provenSigner(found.value, trust)
  const { memory } = trust.context
  await memory.memo('intel-collateral-signature', `${found.sha256}.${await sha256Hex(signer)}`, async () => {
    const key = await crypto.importSpki(signer)
    if (await crypto.verifyEcdsa(key, 'sha256', found.value.signedBytes, found.value.signature)) return true
    throw new EvidenceError('ERR_COLLATERAL_SIGNATURE', 'collateral: not signed by its vendor')
  })
}

async function provenSigner({ issuerChain }: SignedCollateral, trust: Trust): Promise<Uint8Array> {
  const { anchor } = trust.pck
  const [signer] = issuerChain
  if (signer !== undefined) return proveSigner(signer, trust)
  if (anchor.kind === 'pinned') return spkiOfIntelKey(intelTcbSigning)
  throw new EvidenceError('ERR_COLLATERAL_SIGNATURE', 'collateral: came without its issuer chain')
}

async function proveSigner(signer: Certificate, { pck, rootCrl, context }: Trust): Promise<Uint8Array> {
  checkIssuer(signer, pck.chain.root)
  checkLeafUse(signer)
  checkCriticalExtensions(signer)
  checkValidity(signer, context.now)
  checkNotRevoked(signer, rootCrl)
  const known = { certificate: signer, sha256: await sha256Hex(signer.der) }
  await verifySignedBy(known, { spki: pck.anchor.spki, keyId: await sha256Hex(pck.anchor.spki) }, context.memory)
  return signer.spki
}

function requireCurrent(found: Found<SignedCollateral>, now: Date): void {
  if (found.stale === true || isWithin(validityOf(found.value), now)) return
  const { issueDate, nextUpdate } = found.value.value
  const message = `collateral: valid from ${issueDate.toISOString()} to ${nextUpdate.toISOString()}, now is ${now.toISOString()}`
  throw new EvidenceError('ERR_COLLATERAL_EXPIRED', message)
}

function noteUse({ value, source, sha256, stale }: Found<SignedCollateral>, findings: Findings): void {
  const { notBefore, notAfter } = validityOf(value)
  findings.collateral.push({
    type: value.kind === 'tcb-info' ? 'intel-tcb-info' : 'intel-qe-identity',
    source,
    sha256,
    notBefore: notBefore.toISOString(),
    notAfter: notAfter.toISOString(),
    ...(stale === true ? { stale } : {})
  })
}

function rateQe(identity: SignedQeIdentity, quote: Quote): Rating {
  const { report } = quote.qe
  const difference = findQeDifference(identity.value, report)
  if (difference !== undefined) {
    throw new EvidenceError('ERR_EVIDENCE_KEY', `quoting enclave: its ${difference} is not that of Intel's identity`, {
      details: { field: difference }
    })
  }
  const level = findSvnLevel(identity.value.levels, report.isvSvn)
  if (level === undefined) throw new EvidenceError('ERR_TCB_UNSUPPORTED', 'TCB: no level of the QE identity matches')
  return level
}

function requireModule(info: SignedTcbInfo, quote: Quote): void {
  if (quote.body.tee !== 'tdx') return
  const difference = findModuleDifference(info.value, quote.body.report)
  if (difference === undefined) return
  throw new EvidenceError('ERR_EVIDENCE_KEY', `TDX module: its ${difference} is not that of the TCB info`, {
    details: { field: difference }
  })
}

function rate(info: SignedTcbInfo, pck: Pck, { body }: Quote, qe: Rating): TcbRating {
  if (body.tee === 'tdx') return rateTdxPlatform(info.value, pck.extension, body.report, qe)
  return rateSgxPlatform(info.value, pck.extension, qe)
}
