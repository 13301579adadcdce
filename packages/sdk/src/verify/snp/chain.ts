// The chain ARK, ASK or ASVK, VCEK or VLEK (AMD 57230): every rule of RFC 5280 §6.1 as its own check.
import { EvidenceError, TresorError } from '../../core/index.js'
import {
  checkCaUse,
  checkCriticalExtensions,
  checkIssuer,
  checkLeafUse,
  checkValidity,
  nameOf
} from '../../x509/index.js'
import type { CollateralUse } from '../appraisal.js'
import { Checklist } from '../checklist.js'
import { verifySignedBy } from '../memory.js'
import type { VerificationContext } from '../verifier.js'
import type { ChainParts } from './chain-parts.js'
import type { LeafCandidate } from './find-leaf.js'
import type { Candidate } from './hints.js'
import { checkRevocation } from './revocation.js'
import { findRoot, type SnpRoot } from './root.js'

/** What came of trying one combination. `failure` is absent where the chain holds. */
export interface ChainAttempt {
  readonly checklist: Checklist
  readonly collateral: readonly CollateralUse[]
  readonly simulated: boolean
  readonly failure?: TresorError
}

const spec = 'RFC 5280 §6.1'

/** Tries one combination, whole. Throws nothing coded: the failure is part of the result. */
export async function tryChain(parts: ChainParts, context: VerificationContext): Promise<ChainAttempt> {
  const checklist = new Checklist()
  const collateral: CollateralUse[] = []
  try {
    const root = await proveRoot(parts, checklist, context)
    await proveLinks(parts, root, checklist, context)
    const crls = await checkRevocation(parts, root, checklist, context)
    collateral.push(...usesOf(parts, root), ...crls)
    return { checklist, collateral, simulated: root.kind === 'simulator' }
  } catch (failure) {
    if (!TresorError.is(failure)) throw failure
    return { checklist, collateral, simulated: false, failure }
  }
}

function proveRoot(parts: ChainParts, checklist: Checklist, context: VerificationContext): Promise<SnpRoot> {
  const { product } = parts.leaf.leaf
  const title = `root is the pinned ARK of ${product} and signed the intermediate`
  return checklist.prove({ id: 'snp.root', title, spec: 'AMD 57230, ARK' }, () =>
    findRoot(parts.ask, product, parts.arks, context)
  )
}

async function proveLinks(
  { leaf, ask }: ChainParts,
  root: SnpRoot,
  checklist: Checklist,
  context: VerificationContext
): Promise<void> {
  const { signingKey } = leaf.leaf
  const all = [leaf, ask, ...(root.certificate === undefined ? [] : [root.certificate])]
  const issuer = { spki: ask.certificate.spki, keyId: ask.sha256 }
  await checklist.prove({ id: 'snp.leaf', title: `${signingKey} is signed by the intermediate`, spec }, () =>
    verifySignedBy(leaf, issuer, context.memory)
  )
  await checklist.prove({ id: 'snp.names', title: 'issuers are the ones for this product and key', spec }, () =>
    checkNames(leaf, ask, root)
  )
  await checklist.prove({ id: 'snp.validity', title: 'every certificate is valid now', spec }, () => {
    for (const { certificate } of all) checkValidity(certificate, context.now)
  })
  await checklist.prove({ id: 'snp.usage', title: 'every certificate permits its use', spec }, () => {
    checkLeafUse(leaf.certificate)
    for (const [casBelow, { certificate }] of all.slice(1).entries()) checkCaUse(certificate, casBelow)
    for (const { certificate } of all) checkCriticalExtensions(certificate)
  })
}

/** An ASK issues VCEKs, an ASVK issues VLEKs, each for its product. */
function checkNames(leaf: LeafCandidate, ask: Candidate, root: SnpRoot): void {
  const { signingKey, product } = leaf.leaf
  checkIssuer(leaf.certificate, ask.certificate)
  if (root.certificate !== undefined) checkIssuer(ask.certificate, root.certificate.certificate)
  const expected = signingKey === 'VCEK' ? `SEV-${product}` : `SEV-VLEK-${product}`
  if (nameOf(ask.certificate, 'commonName') === expected) return
  throw new EvidenceError('ERR_CERTIFICATE_CHAIN', `AMD chain: expected ${expected} as issuer of this ${signingKey}`)
}

function usesOf({ leaf, ask }: ChainParts, root: SnpRoot): readonly CollateralUse[] {
  const isVcek = leaf.leaf.signingKey === 'VCEK'
  return [
    useOf(isVcek ? 'amd-vcek' : 'amd-vlek', leaf),
    useOf(isVcek ? 'amd-ask' : 'amd-asvk', ask),
    ...useOfRoot(root)
  ]
}

function useOf(type: string, { certificate, sha256, source }: Candidate): CollateralUse {
  const { notBefore, notAfter } = certificate
  return { type, source, sha256, notBefore: notBefore.toISOString(), notAfter: notAfter.toISOString() }
}

function useOfRoot({ certificate, kind, keyId, notBefore, notAfter }: SnpRoot): readonly CollateralUse[] {
  if (kind === 'pinned' && notBefore !== undefined && notAfter !== undefined) {
    return [{ type: 'amd-ark', source: 'pinned', sha256: keyId, notBefore, notAfter }]
  }
  return certificate === undefined ? [] : [useOf('amd-ark', certificate)]
}
