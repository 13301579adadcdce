// The attestation key of a quote, proved up to the root: the PCK certificate and its chain, the report of the quoting enclave that it
// signed, and the key that this report vouches for. All of it is the same in every quote of a quoting enclave, and is proved once.
import { crypto } from '#crypto'
import { concatBytes, EvidenceError, equalBytes, fromHex, isZero, toHex } from '../../core/index.js'
import type { PublicKey } from '../../crypto/index.js'
import type { Quote } from '../../evidence/quote/index.js'
import {
  type Certificate,
  checkCaUse,
  checkCriticalExtensions,
  checkIssuer,
  checkLeafUse,
  checkValidity,
  verifyCertificateSignature
} from '../../x509/index.js'
import type { CollateralUse } from '../appraisal.js'
import type { Checklist, CheckText } from '../checklist.js'
import type { Findings } from '../findings.js'
import { sha256Hex } from '../memory.js'
import type { VerificationContext } from '../verifier.js'
import { type Anchor, anchorOf } from './anchor.js'
import { type FoundPckChain, findPckChain } from './find-pck-chain.js'
import { importOnce } from './keys.js'
import type { Material } from './material.js'
import type { PckChain } from './pck-chain.js'
import { type PckExtension, parsePckExtension } from './pck-extension.js'
import { proveOnce } from './proof.js'

export interface Pck {
  readonly chain: PckChain
  readonly anchor: Anchor
  readonly extension: PckExtension
  /** What signed the quote. */
  readonly attestationKey: PublicKey
  /** Digests of CA and root, for what is remembered about them. */
  readonly caId: string
  readonly rootId: string
  readonly use: CollateralUse
}

const profile = 'Intel SGX PCK Certificate and CRL Profile 1.5'
const dcap = 'Intel SGX ECDSA Quote Library Reference, Verification of a Quote'

const texts = {
  found: { id: 'pck.found', title: 'the PCK certificate of this platform is at hand', spec: `${profile} §1.3` },
  root: { id: 'pck.root', title: "the PCK chain ends in Intel's pinned root", spec: `${profile} §1.1` },
  chain: { id: 'pck.chain', title: 'each certificate may issue the one below it', spec: 'RFC 5280 §6.1' },
  signatures: {
    id: 'pck.signatures',
    title: 'each certificate is signed by the one above it',
    spec: 'RFC 5280 §6.1.3'
  },
  platform: {
    id: 'pck.platform',
    title: 'the PCK certificate states platform and versions',
    spec: `${profile} §1.3.5`
  },
  report: { id: 'qe.signature', title: 'the report of the quoting enclave is signed by the PCK', spec: dcap },
  binding: { id: 'qe.binding', title: 'the quoting enclave vouches for the attestation key', spec: dcap },
  validity: {
    id: 'pck.validity',
    title: 'the certificates are valid at the time of verification',
    spec: 'RFC 5280 §4.1.2.5'
  }
} satisfies Record<string, CheckText>

const namesOfAnchors: Readonly<Record<Anchor['kind'], string>> = {
  pinned: "Intel's pinned root",
  extra: 'a root that the caller trusts',
  simulated: 'the root of a simulator'
}

function titleOfAnchor({ kind }: Anchor): string {
  return `the PCK chain ends in ${namesOfAnchors[kind]}`
}

/** @throws EvidenceError, UnavailableError ERR_COLLATERAL_MISSING */
export async function provePck(
  quote: Quote,
  material: Material,
  findings: Findings,
  context: VerificationContext
): Promise<Pck> {
  const { checklist } = findings
  const id = await idOf(quote, material, context)
  const pck = await proveOnce(['intel-pck', id], checklist, context.memory, (checks) =>
    prove(quote, material, checks, context)
  )
  findings.simulated = pck.anchor.kind === 'simulated'
  checklist.proveNow(texts.validity, () => {
    for (const certificate of certificatesOfChain(pck.chain)) checkValidity(certificate, context.now)
  })
  findings.collateral.push(pck.use)
  return pck
}

/** Everything that the proof depends on: the quote's own part, certificates from elsewhere, and whom the caller trusts. */
async function idOf(quote: Quote, material: Material, { extraRoots }: VerificationContext): Promise<string> {
  const own = await sha256Hex(quote.keyBytes)
  const roots = extraRoots.map(({ product, spki }) => `${product}:${toHex(spki)}`)
  return [own, material.certificatesId, ...roots].join('/')
}

async function prove(
  quote: Quote,
  material: Material,
  checklist: Checklist,
  context: VerificationContext
): Promise<Pck> {
  const chain = await checklist.prove(texts.found, () => findPckChain(quote, material, context))
  const anchor = checklist.proveNow(texts.root, () => requireAnchor(chain, context), titleOfAnchor)
  checklist.proveNow(texts.chain, () => checkUses(chain))
  await checklist.prove(texts.signatures, () => verifyLinks(chain, anchor, context))
  const extension = checklist.proveNow(texts.platform, () => parsePckExtension(chain.leaf))
  await checklist.prove(texts.report, () => requireQeSignature(quote, chain.leaf, context))
  const attestationKey = await checklist.prove(texts.binding, () => requireBinding(quote))
  const [caId, rootId] = [await sha256Hex(chain.ca.der), await sha256Hex(chain.root.der)]
  return { chain, anchor, extension, attestationKey, caId, rootId, use: await useOf(chain) }
}

function requireAnchor({ root }: PckChain, context: VerificationContext): Anchor {
  const anchor = anchorOf(root, context.extraRoots)
  if (anchor !== undefined) return anchor
  throw new EvidenceError('ERR_CERTIFICATE_ROOT', 'PCK chain: its root is not the pinned root of Intel')
}

function checkUses({ leaf, ca, root }: PckChain): void {
  checkIssuer(leaf, ca)
  checkIssuer(ca, root)
  checkLeafUse(leaf)
  checkCaUse(ca, 0)
  checkCaUse(root, 1)
  for (const certificate of [leaf, ca, root]) checkCriticalExtensions(certificate)
}

/** The root is trusted for its key: what it says of itself proves nothing. */
async function verifyLinks({ leaf, ca }: PckChain, anchor: Anchor, { memory }: VerificationContext): Promise<void> {
  const keys = importOnce(memory)
  await verifyCertificateSignature(ca, anchor.spki, keys)
  await verifyCertificateSignature(leaf, ca.spki, keys)
}

async function requireQeSignature(quote: Quote, leaf: Certificate, { memory }: VerificationContext): Promise<void> {
  const key = await importOnce(memory)(leaf.spki)
  if (await crypto.verifyEcdsa(key, 'sha256', quote.qe.reportBytes, quote.qe.signature)) return
  throw new EvidenceError('ERR_EVIDENCE_SIGNATURE', 'quote: the report of the quoting enclave is not signed by the PCK')
}

/** DER SubjectPublicKeyInfo of a point on P-256, up to the point (RFC 5480). */
const p256Prefix = fromHex('3059301306072a8648ce3d020106082a8648ce3d03010703420004')

/** SHA-256(attestation key ‖ authentication data) is the first half of the enclave's report data, the second half is zero. */
async function requireBinding({ attestationKey, qe }: Quote): Promise<PublicKey> {
  const digest = await crypto.hash('sha256', concatBytes(attestationKey, qe.authData))
  const { reportData } = qe.report
  if (!equalBytes(digest, reportData.subarray(0, 32)) || !isZero(reportData.subarray(32))) {
    throw new EvidenceError(
      'ERR_EVIDENCE_KEY',
      'quote: the report of the quoting enclave covers another attestation key'
    )
  }
  return crypto.importSpki(concatBytes(p256Prefix, attestationKey))
}

function certificatesOfChain({ leaf, ca, root }: PckChain): readonly Certificate[] {
  return [leaf, ca, root]
}

async function useOf(chain: FoundPckChain): Promise<CollateralUse> {
  const certificates = certificatesOfChain(chain)
  const starts = certificates.map(({ notBefore }) => notBefore.getTime())
  const ends = certificates.map(({ notAfter }) => notAfter.getTime())
  return {
    type: 'intel-pck-certificate',
    source: chain.source,
    sha256: await sha256Hex(chain.leaf.der),
    notBefore: new Date(Math.max(...starts)).toISOString(),
    notAfter: new Date(Math.min(...ends)).toISOString()
  }
}
