// What Intel says of a platform now: that nothing above its key is revoked, which levels there are, and how its quoting enclave is rated.
// The same collateral says the same of the same key for as long as all of it is valid: that answer is remembered, with that span.
import type { Quote } from '../../evidence/quote/index.js'
import type { Certificate } from '../../x509/index.js'
import type { Check, CollateralUse } from '../appraisal.js'
import type { Findings } from '../findings.js'
import type { VerificationContext } from '../verifier.js'
import { validityOfSigned } from './items.js'
import { isWithin } from './lookup.js'
import type { Material } from './material.js'
import type { Pck } from './pck.js'
import { checkRevocation } from './revocation.js'
import type { SignedCollateral } from './signed-collateral.js'
import { proveQeIdentity, proveTcbInfo, rateQuotingEnclave, type Standing } from './tcb.js'
import type { Validity } from './use.js'

interface Kept extends Validity {
  readonly pck: Pck
  readonly material: Material
  readonly standing: Standing
  readonly checks: readonly Check[]
  readonly uses: readonly CollateralUse[]
}

interface Slot {
  kept: Kept | undefined
}

/** @throws EvidenceError ERR_CERTIFICATE_*, ERR_CRL_*, ERR_COLLATERAL_*, ERR_TCB_UNSUPPORTED, ERR_EVIDENCE_KEY; UnavailableError */
export async function proveStanding(
  quote: Quote,
  pck: Pck,
  material: Material,
  findings: Findings,
  context: VerificationContext
): Promise<Standing> {
  const slot = await context.memory.memo('intel-standing', `${quote.body.tee}/${pck.use.sha256}`, emptySlot)
  const { kept } = slot
  if (kept?.pck === pck && kept.material === material && isWithin(kept, context.now)) {
    findings.checklist.passAll(kept.checks)
    findings.collateral.push(...kept.uses)
    return kept.standing
  }
  const [checksBefore, usesBefore] = [findings.checklist.checks.length, findings.collateral.length]
  const standing = await prove(quote, pck, material, findings, context)
  const uses = findings.collateral.slice(usesBefore)
  const checks = findings.checklist.checks.slice(checksBefore)
  if (uses.every(isAtHand)) slot.kept = { pck, material, standing, checks, uses, ...spanOf(standing, uses) }
  return standing
}

function emptySlot(): Slot {
  return { kept: undefined }
}

/** What is cached or fetched is looked for each time, so that it is renewed in time; what is stale is marked each time. */
function isAtHand({ source, stale }: CollateralUse): boolean {
  return (source === 'evidence' || source === 'caller') && stale !== true
}

async function prove(
  quote: Quote,
  pck: Pck,
  material: Material,
  findings: Findings,
  context: VerificationContext
): Promise<Standing> {
  const rootCrl = await checkRevocation(pck, material, findings, context)
  const subject = { quote, pck, rootCrl, material }
  const info = await proveTcbInfo(subject, findings, context)
  const identity = await proveQeIdentity(subject, findings, context)
  return { info, identity, qe: rateQuotingEnclave(identity, quote, findings) }
}

/** The time in which everything that was used is valid, signers included. */
function spanOf({ info, identity }: Standing, uses: readonly CollateralUse[]): Validity {
  const spans = [
    ...uses.map((use) => ({ notBefore: new Date(use.notBefore), notAfter: new Date(use.notAfter) })),
    ...[info, identity].map(validityOfSigned),
    ...[info, identity].flatMap(signerOf)
  ]
  return {
    notBefore: new Date(Math.max(...spans.map(({ notBefore }) => notBefore.getTime()))),
    notAfter: new Date(Math.min(...spans.map(({ notAfter }) => notAfter.getTime())))
  }
}

function signerOf({ issuerChain }: SignedCollateral): readonly Certificate[] {
  return issuerChain.slice(0, 1)
}
