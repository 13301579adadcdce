// The chain ARK, ASK or ASVK, VCEK or VLEK (AMD 57230): every rule of RFC 5280 §6.1 as its own check. What does not depend on the
// time is proved once and remembered.
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
import { loadExtras } from '../load-extras.js'
import { sha256Hex, verifySignedBy } from '../memory.js'
import type { VerificationContext } from '../verifier.js'
import type { Candidate } from './candidate.js'
import { type ChainParts, chainPartsOf, type SnpRoot } from './chain-parts.js'
import { findRoot } from './root.js'

/** What came of trying one combination. `failure` is absent where the chain holds. */
export interface ChainAttempt {
  readonly checklist: Checklist
  readonly collateral: readonly CollateralUse[]
  readonly simulated: boolean
  readonly failure?: TresorError
}

/** A chain that holds at any time at which its certificates are valid. */
interface ProvenChain {
  readonly checklist: Checklist
  readonly certificates: readonly Candidate[]
  readonly collateral: readonly CollateralUse[]
  readonly simulated: boolean
}

/** Carries the checks that were made before a chain was refused. */
class ChainRefused extends Error {
  readonly checklist: Checklist
  readonly failure: TresorError

  constructor(checklist: Checklist, failure: TresorError) {
    super(failure.message)
    this.checklist = checklist
    this.failure = failure
  }
}

const spec = 'RFC 5280 §6.1'

/** Tries one combination, whole. Throws nothing coded: the failure is part of the result. */
export async function tryChain(parts: ChainParts, context: VerificationContext): Promise<ChainAttempt> {
  const checklist = new Checklist()
  try {
    const revocation = parts.crls.length > 0 || context.requireCrl ? await loadExtras() : undefined
    const crls = (await revocation?.chooseLists(parts, checklist, context)) ?? []
    const chain = await proveOnce(revocation === undefined ? parts : chainPartsOf({ ...parts, crls }), context)
    checklist.adopt(chain.checklist)
    checkTimes(chain, checklist, context.now)
    const collateral = revocation?.checkListTimes(crls, chain.collateral, checklist, context.now) ?? chain.collateral
    return { checklist, collateral, simulated: chain.simulated }
  } catch (error) {
    if (error instanceof ChainRefused) checklist.adopt(error.checklist)
    const failure = error instanceof ChainRefused ? error.failure : error
    if (!TresorError.is(failure)) throw failure
    return { checklist, collateral: [], simulated: false, failure }
  }
}

function checkTimes({ certificates }: ProvenChain, checklist: Checklist, now: Date): void {
  checklist.proveNow({ id: 'snp.validity', title: 'every certificate is valid now', spec }, () => {
    for (const { certificate } of certificates) checkValidity(certificate, now)
  })
}

async function proveOnce(parts: ChainParts, context: VerificationContext): Promise<ProvenChain> {
  let { id } = parts
  for (const { product, spki } of context.extraRoots) id += `,${product}${await sha256Hex(spki)}`
  return context.memory.memo('snp-chain', id, () => prove(parts, context))
}

async function prove(parts: ChainParts, context: VerificationContext): Promise<ProvenChain> {
  const checklist = new Checklist()
  try {
    const root = await proveRoot(parts, checklist, context)
    const certificates = [parts.leaf, parts.ask, ...(root.certificate === undefined ? [] : [root.certificate])]
    await proveLinks(parts, root, checklist, context)
    const lists = await checkRevocation(parts, root, checklist)
    const collateral = [...usesOf(parts, root), ...lists]
    return { checklist, certificates, collateral, simulated: root.kind === 'simulator' }
  } catch (failure) {
    throw TresorError.is(failure) ? new ChainRefused(checklist, failure) : failure
  }
}

/** Everything about revocation that does not depend on the time. */
async function checkRevocation(
  parts: ChainParts,
  root: SnpRoot,
  checklist: Checklist
): Promise<readonly CollateralUse[]> {
  if (parts.crls.length > 0) return (await loadExtras()).checkRevocation(parts, root, checklist)
  checklist.skip({ id: 'snp.revocation', title: 'no revocation list was given', spec: 'RFC 5280 §6.3' })
  return []
}

function proveRoot(parts: ChainParts, checklist: Checklist, context: VerificationContext): Promise<SnpRoot> {
  const { product } = parts.leaf.leaf
  const text = { id: 'snp.root', title: titleOfRoot('pinned', product), spec: 'AMD 57230, ARK' }
  const find = (): Promise<SnpRoot> => findRoot(parts, context)
  return checklist.prove(text, find, ({ kind }) => titleOfRoot(kind, product))
}

const namesOfRoots: Readonly<Record<SnpRoot['kind'], string>> = {
  pinned: 'the pinned ARK',
  extra: 'an ARK that the caller trusts',
  simulator: "a simulator's ARK"
}

function titleOfRoot(kind: SnpRoot['kind'], product: string): string {
  return `root is ${namesOfRoots[kind]} of ${product} and signed the intermediate`
}

async function proveLinks(
  { leaf, ask }: ChainParts,
  root: SnpRoot,
  checklist: Checklist,
  { memory }: VerificationContext
): Promise<void> {
  const title = `${leaf.leaf.signingKey} is signed by the intermediate`
  const issuer = { spki: ask.certificate.spki, keyId: ask.sha256 }
  await checklist.prove({ id: 'snp.leaf', title, spec }, () => verifySignedBy(leaf, issuer, memory))
  checklist.proveNow({ id: 'snp.names', title: 'issuers are the ones for this product and key', spec }, () =>
    checkNames({ leaf, ask }, root)
  )
  checklist.proveNow({ id: 'snp.usage', title: 'every certificate permits its use', spec }, () => {
    const authorities = [ask, ...(root.certificate === undefined ? [] : [root.certificate])]
    checkLeafUse(leaf.certificate)
    for (const [casBelow, { certificate }] of authorities.entries()) checkCaUse(certificate, casBelow)
    for (const { certificate } of [leaf, ...authorities]) checkCriticalExtensions(certificate)
  })
}

/** An ASK issues VCEKs, an ASVK issues VLEKs, each for its product. */
function checkNames({ leaf, ask }: Pick<ChainParts, 'leaf' | 'ask'>, root: SnpRoot): void {
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
