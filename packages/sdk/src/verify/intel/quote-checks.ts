// All steps of a quote in their order: what cannot be mended by collateral is decided first, so that a forged quote is rejected also
// where nothing else is at hand. Intel SGX ECDSA Quote Library Reference, "Verification of a Quote".
import { crypto } from '#crypto'
import { EvidenceError } from '../../core/index.js'
import type { Evidence } from '../../evidence/index.js'
import type { Quote } from '../../evidence/quote/index.js'
import type { CheckText } from '../checklist.js'
import type { Findings } from '../findings.js'
import type { VerificationContext } from '../verifier.js'
import { readMaterial } from './material.js'
import { type Pck, provePck } from './pck.js'
import { proveStanding } from './standing.js'
import { type Rated, ratePlatform } from './tcb.js'

export interface ProvenQuote extends Rated {
  readonly pck: Pck
}

const signature: CheckText = {
  id: 'quote.signature',
  title: 'the quote is signed by the attestation key',
  spec: 'Intel SGX ECDSA Quote Library Reference, Verification of a Quote'
}

/** @throws EvidenceError, UnavailableError */
export async function proveQuote(
  evidence: Evidence,
  quote: Quote,
  findings: Findings,
  context: VerificationContext
): Promise<ProvenQuote> {
  const material = await readMaterial(evidence, context)
  const pck = await provePck(quote, material, findings, context)
  await findings.checklist.prove(signature, () => requireSignature(quote, pck))
  const standing = await proveStanding(quote, pck, material, findings, context)
  return { ...ratePlatform(quote, pck, standing, findings), pck }
}

async function requireSignature(quote: Quote, { attestationKey }: Pck): Promise<void> {
  if (await crypto.verifyEcdsa(attestationKey, 'sha256', quote.signedBytes, quote.signature)) return
  throw new EvidenceError('ERR_EVIDENCE_SIGNATURE', 'quote: not signed by the attestation key')
}
