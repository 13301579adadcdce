// All steps of a quote in their order: what cannot be mended by collateral is decided first, so that a forged quote is rejected also
// where nothing else is at hand. Intel SGX ECDSA Quote Library Reference, "Verification of a Quote".
import { crypto } from '#crypto'
import { concatBytes, EvidenceError, equalBytes, fromHex, isZero, toHex } from '../../core/index.js'
import type { PublicKey } from '../../crypto/index.js'
import type { Evidence } from '../../evidence/index.js'
import type { Quote } from '../../evidence/quote/index.js'
import type { CheckText } from '../checklist.js'
import type { Findings } from '../findings.js'
import type { VerificationContext } from '../verifier.js'
import { readMaterial } from './material.js'
import { type Pck, provePck } from './pck.js'
import { checkRevocation } from './revocation.js'
import { type Rated, ratePlatform } from './tcb.js'

export interface ProvenQuote extends Rated {
  readonly pck: Pck
}

const dcap = 'Intel SGX ECDSA Quote Library Reference, Verification of a Quote'
const texts = {
  binding: { id: 'qe.binding', title: 'the quoting enclave vouches for the attestation key', spec: dcap },
  signature: { id: 'quote.signature', title: 'the quote is signed by the attestation key', spec: dcap }
} satisfies Record<string, CheckText>

/** DER SubjectPublicKeyInfo of a point on P-256, up to the point (RFC 5480). */
const p256Prefix = fromHex('3059301306072a8648ce3d020106082a8648ce3d03010703420004')

/** @throws EvidenceError, UnavailableError */
export async function proveQuote(
  evidence: Evidence,
  quote: Quote,
  findings: Findings,
  context: VerificationContext
): Promise<ProvenQuote> {
  const material = await readMaterial(evidence, context)
  const pck = await provePck(quote, material, findings, context)
  await findings.checklist.prove(texts.binding, () => requireBinding(quote))
  await findings.checklist.prove(texts.signature, () => requireSignature(quote, context))
  const rootCrl = await checkRevocation(pck, material, findings, context)
  const rated = await ratePlatform(quote, pck, rootCrl, material, findings, context)
  return { ...rated, pck }
}

/** SHA-256(attestation key ‖ authentication data) is the first half of the enclave's report data, the second half is zero. */
async function requireBinding({ attestationKey, qe }: Quote): Promise<void> {
  const digest = await crypto.hash('sha256', concatBytes(attestationKey, qe.authData))
  const { reportData } = qe.report
  if (equalBytes(digest, reportData.subarray(0, 32)) && isZero(reportData.subarray(32))) return
  throw new EvidenceError('ERR_EVIDENCE_KEY', 'quote: the report of the quoting enclave covers another attestation key')
}

async function requireSignature(quote: Quote, context: VerificationContext): Promise<void> {
  const key = await importAttestationKey(quote.attestationKey, context)
  if (await crypto.verifyEcdsa(key, 'sha256', quote.signedBytes, quote.signature)) return
  throw new EvidenceError('ERR_EVIDENCE_SIGNATURE', 'quote: not signed by the attestation key')
}

function importAttestationKey(point: Uint8Array, context: VerificationContext): PublicKey | Promise<PublicKey> {
  return context.memory.memo('intel-attestation-key', toHex(point), () =>
    crypto.importSpki(concatBytes(p256Prefix, point))
  )
}
