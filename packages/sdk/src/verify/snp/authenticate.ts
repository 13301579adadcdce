// Is an SNP report genuine? Format, key, chain to a pinned root, signature: in this order, each a check.
import { crypto } from '#crypto'
import { EvidenceError, equalBytes, TresorError, UnavailableError } from '../../core/index.js'
import {
  type Evidence,
  parseSnpReport,
  parseTcb,
  type SnpReport,
  snpSignatureOffset,
  tcbLayoutOf
} from '../../evidence/index.js'
import { nameOf } from '../../x509/index.js'
import type { CheckText } from '../checklist.js'
import type { Findings } from '../findings.js'
import { keyOf } from '../memory.js'
import type { Authenticated, VerificationContext } from '../verifier.js'
import { type ChainAttempt, tryChain } from './chain.js'
import type { ChainParts } from './chain-parts.js'
import { snpClaims } from './claims.js'
import { findLeaves } from './find-leaf.js'
import { checkFit, productOfReport } from './fit.js'
import { type Candidate, candidateOf, type Hints, type LeafCandidate, readHints } from './hints.js'
import { chainItem } from './kds.js'
import type { SnpLeaf } from './leaf.js'

export interface SnpFacts {
  readonly report: SnpReport
  readonly leaf: SnpLeaf
}

const maxAttempts = 16

const texts = {
  format: { id: 'snp.format', title: 'report is well-formed', spec: 'AMD 56860, ATTESTATION_REPORT' },
  endorsements: { id: 'snp.endorsements', title: 'certificate of the signing key is at hand', spec: 'AMD 57230' },
  chain: { id: 'snp.chain', title: 'certificate of the intermediate is at hand', spec: 'AMD 57230' },
  signature: { id: 'snp.signature', title: 'report is signed by this key', spec: 'AMD 56860, SIGNATURE' }
} as const satisfies Record<string, CheckText>

/** @throws EvidenceError, UnavailableError */
export async function authenticateSnp(
  evidence: Evidence,
  findings: Findings,
  context: VerificationContext
): Promise<Authenticated<SnpFacts>> {
  const { checklist } = findings
  const report = await checklist.prove(texts.format, () => parseReport(evidence.bytes))
  findings.describe(() => snpClaims(report))
  const { hints, leaves } = await checklist.prove(texts.endorsements, () => findKeys(evidence, report, context))
  const leaf = await proveChain(report, leaves, hints, findings, context)
  findings.describe(() => snpClaims(report, leaf.leaf))
  await checklist.prove(texts.signature, () => verifySignature(evidence.bytes, report, leaf, context))
  return { reportData: report.reportData, facts: { report, leaf: leaf.leaf } }
}

/** Reserved bytes of TCB versions count as format where the product is known. */
function parseReport(bytes: Uint8Array): SnpReport {
  const report = parseSnpReport(bytes)
  const product = productOfReport(report)
  if (product !== undefined) requireTcbs(report, product)
  if (report.cpuid !== undefined && product === undefined) {
    const { family, model } = report.cpuid
    throw new EvidenceError(
      'ERR_EVIDENCE_PRODUCT',
      `SNP report: processor family ${family} model ${model} is not known`
    )
  }
  return report
}

function requireTcbs(report: SnpReport, product: SnpLeaf['product']): void {
  const layout = tcbLayoutOf(product)
  for (const tcb of [report.currentTcb, report.reportedTcb, report.committedTcb, report.launchTcb])
    parseTcb(tcb, layout)
}

async function findKeys(
  evidence: Evidence,
  report: SnpReport,
  context: VerificationContext
): Promise<{ readonly hints: Hints; readonly leaves: readonly LeafCandidate[] }> {
  const hints = await readHints(evidence, context)
  return { hints, leaves: await findLeaves(report, hints, context) }
}

/** Tries the chains that the hints can form, then one from the vendor; takes over the checks of the one that holds, or of the first. */
async function proveChain(
  report: SnpReport,
  leaves: readonly LeafCandidate[],
  hints: Hints,
  findings: Findings,
  context: VerificationContext
): Promise<LeafCandidate> {
  const [first] = leaves
  if (first === undefined) throw new UnavailableError('ERR_COLLATERAL_MISSING', 'SNP report: no certificate')
  checkFit(report, first.leaf, findings.checklist)
  if (report.cpuid === undefined) requireTcbs(report, first.leaf.product)
  let failed: ChainAttempt | undefined
  for (const parts of combine(leaves, hints)) {
    const attempt = await tryChain(parts, context)
    if (attempt.failure === undefined) return adopt(attempt, parts.leaf, findings)
    failed ??= attempt
  }
  const fetched = await fetchChain(first, hints, context)
  const attempt = fetched instanceof TresorError ? failed : await tryChain(fetched, context)
  if (attempt === undefined) return findings.checklist.prove(texts.chain, () => Promise.reject(fetched))
  return adopt(attempt.failure === undefined ? attempt : (failed ?? attempt), first, findings)
}

function adopt(attempt: ChainAttempt, leaf: LeafCandidate, findings: Findings): LeafCandidate {
  findings.checklist.adopt(attempt.checklist)
  findings.collateral.push(...attempt.collateral)
  findings.simulated = attempt.simulated
  if (attempt.failure !== undefined) throw attempt.failure
  return leaf
}

function combine(leaves: readonly LeafCandidate[], hints: Hints): readonly ChainParts[] {
  const combinations = leaves.flatMap((leaf) =>
    issuersOf(leaf, hints).map((ask) => ({ leaf, ask, arks: issuersOf(ask, hints), crls: hints.crls }))
  )
  return combinations.slice(0, maxAttempts)
}

function issuersOf({ certificate }: Candidate, hints: Hints): readonly Candidate[] {
  return hints.candidates.filter((other) => equalBytes(other.certificate.subject.der, certificate.issuer.der))
}

/** The chain from the vendor's service, or why there is none. */
async function fetchChain(
  leaf: LeafCandidate,
  hints: Hints,
  context: VerificationContext
): Promise<ChainParts | TresorError> {
  const { product, signingKey } = leaf.leaf
  const item = chainItem(product, signingKey)
  const { collateral, now, signal } = context
  if (collateral === undefined) return foreignChain(leaf, hints) ?? missingChain(`${item.baseUrl}${item.path}`)
  try {
    const found = await collateral.get(item, signal === undefined ? { now } : { now, signal })
    const ask = await candidateOf(found.value.ask.der, found.source, context)
    const ark = await candidateOf(found.value.ark.der, found.source, context)
    return { leaf, ask, arks: [ark], crls: hints.crls }
  } catch (error) {
    if (!TresorError.is(error)) throw error
    return foreignChain(leaf, hints) ?? error
  }
}

function missingChain(url: string): UnavailableError {
  return new UnavailableError('ERR_COLLATERAL_MISSING', `SNP report: not at hand: the certificate chain, ${url}`)
}

/** A chain was given, but not the one of this certificate. */
function foreignChain({ leaf }: LeafCandidate, hints: Hints): EvidenceError | undefined {
  const names = hints.candidates.map(({ certificate }) => nameOf(certificate, 'commonName') ?? '')
  const found = names.find((name) => /^SEV-(VLEK-)?(Milan|Genoa|Turin)$/.test(name))
  if (found === undefined) return undefined
  const code = found.endsWith(leaf.product) ? 'ERR_CERTIFICATE_CHAIN' : 'ERR_EVIDENCE_PRODUCT'
  return new EvidenceError(
    code,
    `AMD chain: expected the issuer of a ${leaf.signingKey} of ${leaf.product}, found ${found}`
  )
}

async function verifySignature(
  bytes: Uint8Array,
  report: SnpReport,
  leaf: LeafCandidate,
  { memory }: VerificationContext
): Promise<void> {
  const key = await keyOf(leaf, memory)
  const signed = bytes.subarray(0, snpSignatureOffset)
  if (await crypto.verifyEcdsa(key, 'sha384', signed, report.signature)) return
  throw new EvidenceError('ERR_EVIDENCE_SIGNATURE', 'SNP report: not signed with the key of its certificate')
}
