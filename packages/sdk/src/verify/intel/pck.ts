// Step one of a quote: the PCK certificate, proved up to its root, and the quoting enclave's report that it signed.
import { crypto } from '#crypto'
import { EvidenceError, UnavailableError } from '../../core/index.js'
import type { PublicKey } from '../../crypto/index.js'
import type { Quote } from '../../evidence/quote/index.js'
import {
  type Certificate,
  checkCaUse,
  checkCriticalExtensions,
  checkIssuer,
  checkLeafUse,
  checkValidity
} from '../../x509/index.js'
import type { CheckText } from '../checklist.js'
import type { Findings } from '../findings.js'
import { type Known, keyOf, sha256Hex, verifySignedBy } from '../memory.js'
import type { VerificationContext } from '../verifier.js'
import { type Anchor, anchorOf } from './anchor.js'
import type { Material } from './material.js'
import { certificatesOf, findQuoteLeaf, isPckLeaf, linkPckChain, type PckChain } from './pck-chain.js'
import { type PckExtension, parsePckExtension } from './pck-extension.js'

export interface Pck {
  readonly chain: PckChain
  readonly anchor: Anchor
  readonly extension: PckExtension
}

const profile = 'Intel SGX PCK Certificate and CRL Profile 1.5'
const dcap = 'Intel SGX ECDSA Quote Library Reference, Verification of a Quote'

const texts = {
  found: { id: 'pck.found', title: 'the PCK certificate of this platform is at hand', spec: `${profile} §1.3` },
  root: { id: 'pck.root', title: "the PCK chain ends in Intel's pinned root", spec: `${profile} §1.1` },
  chain: { id: 'pck.chain', title: 'each certificate may issue the one below it', spec: 'RFC 5280 §6.1' },
  validity: {
    id: 'pck.validity',
    title: 'the certificates are valid at the time of verification',
    spec: 'RFC 5280 §4.1.2.5'
  },
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
  report: { id: 'qe.signature', title: 'the report of the quoting enclave is signed by the PCK', spec: dcap }
} satisfies Record<string, CheckText>

/** @throws EvidenceError, UnavailableError ERR_COLLATERAL_MISSING */
export async function provePck(
  quote: Quote,
  material: Material,
  findings: Findings,
  context: VerificationContext
): Promise<Pck> {
  const { checklist } = findings
  const { leaf, pool } = await checklist.prove(texts.found, () => findLeaf(quote, material, context))
  const chain = linkPckChain(leaf, pool)
  const anchor = await checklist.prove(texts.root, () => requireAnchor(chain, findings, context))
  await checklist.prove(texts.chain, () => checkUses(chain))
  await checklist.prove(texts.validity, () => checkTimes(chain, findings, context.now))
  await checklist.prove(texts.signatures, () => verifyLinks(chain, anchor, context))
  const extension = await checklist.prove(texts.platform, () => parsePckExtension(leaf))
  await checklist.prove(texts.report, () => requireQeSignature(quote, leaf, context))
  return { chain, anchor, extension }
}

interface Leaf {
  readonly leaf: Certificate
  readonly pool: readonly Certificate[]
}

/** The quote's own certificates come first; where it only names its platform, the certificate whose key signed is the right one. */
async function findLeaf(quote: Quote, material: Material, context: VerificationContext): Promise<Leaf> {
  const own = certificatesOf(quote)
  const pool = [...own, ...material.certificates.map(({ value }) => value)]
  const leaf = findQuoteLeaf(quote, own) ?? (await findSigningLeaf(quote, pool, context))
  if (leaf !== undefined) return { leaf, pool: trustedFirst(pool, context) }
  const { type } = quote.qe.certification
  throw new UnavailableError(
    'ERR_COLLATERAL_MISSING',
    `PCK certificate: the quote names it (certification data of type ${type}), but does not carry it`,
    {
      details: { field: 'PCK certificate', remedy: 'Give the PCK certificate of the platform as collateral' }
    }
  )
}

/** A certificate with a root's name and another key must not hide the root. */
function trustedFirst(pool: readonly Certificate[], context: VerificationContext): readonly Certificate[] {
  const isTrusted = (certificate: Certificate) => {
    const anchor = anchorOf(certificate, context.extraRoots)
    return anchor !== undefined && anchor.kind !== 'simulated'
  }
  return [...pool.filter(isTrusted), ...pool.filter((certificate) => !isTrusted(certificate))]
}

async function findSigningLeaf(
  quote: Quote,
  pool: readonly Certificate[],
  context: VerificationContext
): Promise<Certificate | undefined> {
  for (const candidate of pool.filter(isPckLeaf)) {
    if (await isQeSignedBy(quote, candidate, context)) return candidate
  }
  return undefined
}

function requireAnchor({ root }: PckChain, findings: Findings, context: VerificationContext): Anchor {
  const anchor = anchorOf(root, context.extraRoots)
  if (anchor === undefined)
    throw new EvidenceError('ERR_CERTIFICATE_ROOT', 'PCK chain: its root is not the pinned root of Intel')
  findings.simulated = anchor.kind === 'simulated'
  return anchor
}

function checkUses({ leaf, ca, root }: PckChain): void {
  checkIssuer(leaf, ca)
  checkIssuer(ca, root)
  checkLeafUse(leaf)
  checkCaUse(ca, 0)
  checkCaUse(root, 1)
  for (const certificate of [leaf, ca, root]) checkCriticalExtensions(certificate)
}

async function checkTimes({ leaf, ca, root }: PckChain, findings: Findings, now: Date): Promise<void> {
  for (const certificate of [leaf, ca, root]) checkValidity(certificate, now)
  findings.collateral.push({
    type: 'intel-pck-certificate',
    source: 'evidence',
    sha256: await sha256Hex(leaf.der),
    notBefore: latest([leaf, ca, root]).toISOString(),
    notAfter: earliest([leaf, ca, root]).toISOString()
  })
}

function latest(chain: readonly Certificate[]): Date {
  return new Date(Math.max(...chain.map(({ notBefore }) => notBefore.getTime())))
}

function earliest(chain: readonly Certificate[]): Date {
  return new Date(Math.min(...chain.map(({ notAfter }) => notAfter.getTime())))
}

/** The root is trusted for its key: what it says of itself proves nothing. */
async function verifyLinks({ leaf, ca }: PckChain, anchor: Anchor, context: VerificationContext): Promise<void> {
  const caId = await sha256Hex(ca.der)
  await verifySignedBy(await known(ca), { spki: anchor.spki, keyId: await sha256Hex(anchor.spki) }, context.memory)
  await verifySignedBy(await known(leaf), { spki: ca.spki, keyId: caId }, context.memory)
}

async function known(certificate: Certificate): Promise<Known> {
  return { certificate, sha256: await sha256Hex(certificate.der) }
}

async function requireQeSignature(quote: Quote, leaf: Certificate, context: VerificationContext): Promise<void> {
  if (await isQeSignedBy(quote, leaf, context)) return
  throw new EvidenceError('ERR_EVIDENCE_SIGNATURE', 'quote: the report of the quoting enclave is not signed by the PCK')
}

async function isQeSignedBy(quote: Quote, leaf: Certificate, context: VerificationContext): Promise<boolean> {
  const key: PublicKey = await keyOf(await known(leaf), context.memory)
  return crypto.verifyEcdsa(key, 'sha256', quote.qe.reportBytes, quote.qe.signature)
}
