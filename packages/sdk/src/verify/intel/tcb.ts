// Steps five and six of a quote: the quoting enclave against Intel's identity, the platform against Intel's levels.
import { EvidenceError } from '../../core/index.js'
import type { Quote } from '../../evidence/quote/index.js'
import type { Crl } from '../../x509/parse-crl.js'
import type { CheckText } from '../checklist.js'
import type { Findings } from '../findings.js'
import type { VerificationContext } from '../verifier.js'
import { findQeIdentity, findTcbInfo, isOfPlatform } from './find-signed.js'
import type { Found, Material } from './material.js'
import type { Pck } from './pck.js'
import { findQeDifference } from './qe-identity.js'
import type { SignedQeIdentity, SignedTcbInfo } from './signed-collateral.js'
import { findModuleDifference, rateSgxPlatform, rateTdxPlatform, type TcbRating } from './tcb-evaluation.js'
import { findSvnLevel, type Rating } from './tcb-level.js'
import { pcs, proveSigned } from './trust-signed.js'

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

/** What is needed of collateral to rate a quote, all of it proved. */
export interface Standing {
  readonly info: SignedTcbInfo
  readonly identity: SignedQeIdentity
  /** Of the quoting enclave. */
  readonly qe: Rating
}

/** A quote that is signed by a platform of Intel's, and what to look for its rating in. */
export interface Unrated {
  readonly quote: Quote
  readonly pck: Pck
  readonly rootCrl: Found<Crl>
  readonly material: Material
}

/** @throws EvidenceError ERR_TCB_UNSUPPORTED, ERR_EVIDENCE_KEY */
export function ratePlatform(quote: Quote, pck: Pck, { info, identity, qe }: Standing, { checklist }: Findings): Rated {
  if (quote.body.tee === 'tdx') checklist.proveNow(texts.module, () => requireModule(info, quote))
  const rating = checklist.proveNow(texts.level, () => rate(info, pck, quote, qe))
  const evaluationDataNumber = Math.min(info.value.tcbEvaluationDataNumber, identity.value.tcbEvaluationDataNumber)
  return { rating, evaluationDataNumber }
}

/** @throws EvidenceError ERR_TCB_UNSUPPORTED, ERR_EVIDENCE_KEY */
export function rateQuotingEnclave(identity: SignedQeIdentity, quote: Quote, { checklist }: Findings): Rating {
  return checklist.proveNow(texts.qe, () => rateQe(identity, quote))
}

/** @throws EvidenceError ERR_COLLATERAL_*, ERR_CERTIFICATE_*; UnavailableError ERR_COLLATERAL_MISSING */
export async function proveTcbInfo(
  { quote, pck, rootCrl, material }: Unrated,
  findings: Findings,
  context: VerificationContext
): Promise<SignedTcbInfo> {
  const { tee } = quote.body
  const found = await findTcbInfo(tee, pck, material, context)
  const wanted = { type: 'intel-tcb-info', signature: texts.tcbSignature, validity: texts.tcbValidity }
  await proveSigned(found, wanted, { pck, rootCrl, findings, context })
  findings.checklist.proveNow(texts.tcbPlatform, () => requirePlatform(found.value, tee, pck))
  return found.value
}

/** @throws as `proveTcbInfo` */
export async function proveQeIdentity(
  { quote, pck, rootCrl, material }: Unrated,
  findings: Findings,
  context: VerificationContext
): Promise<SignedQeIdentity> {
  const found = await findQeIdentity(quote.body.tee, material, context)
  const wanted = { type: 'intel-qe-identity', signature: texts.qeSignature, validity: texts.qeValidity }
  await proveSigned(found, wanted, { pck, rootCrl, findings, context })
  return found.value
}

function requirePlatform(info: SignedTcbInfo, tee: 'sgx' | 'tdx', pck: Pck): void {
  if (isOfPlatform(info, tee, pck)) return
  const { fmspc, pceId } = pck.extension
  const { value } = info
  const message = `TCB info: expected ${tee}, FMSPC ${fmspc}, PCE ${pceId}, found ${value.tee}, ${value.fmspc}, ${value.pceId}`
  throw new EvidenceError('ERR_COLLATERAL_MISMATCH', message)
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
