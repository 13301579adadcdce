// Is an SNP report genuine? Format, key, chain to a pinned root, signature: in this order, each a check.
import { crypto } from '#crypto'
import { EvidenceError, UnavailableError } from '../../core/index.js'
import {
  type Evidence,
  parseSnpReport,
  parseTcb,
  type SnpReport,
  snpSignatureOffset,
  tcbLayoutOf
} from '../../evidence/index.js'
import type { CheckText } from '../checklist.js'
import type { Findings } from '../findings.js'
import { keyOf } from '../memory.js'
import type { Authenticated, VerificationContext } from '../verifier.js'
import type { LeafCandidate } from './candidate.js'
import type { Hints } from './chain-parts.js'
import { checkFit } from './check-fit.js'
import { snpClaims } from './claims.js'
import { proveChain } from './find-chain.js'
import { findLeaves } from './find-leaf.js'
import { productOfReport } from './fit.js'
import { readHints } from './hints.js'
import type { SnpLeaf } from './leaf.js'

export interface SnpFacts {
  readonly report: SnpReport
  readonly leaf: SnpLeaf
}

const texts = {
  format: { id: 'snp.format', title: 'report is well-formed', spec: 'AMD 56860, ATTESTATION_REPORT' },
  endorsements: { id: 'snp.endorsements', title: 'certificate of the signing key is at hand', spec: 'AMD 57230' },
  signature: { id: 'snp.signature', title: 'report is signed by this key', spec: 'AMD 56860, SIGNATURE' }
} as const satisfies Record<string, CheckText>

interface Keys {
  readonly hints: Hints
  readonly leaves: readonly LeafCandidate[]
}

/** @throws EvidenceError, UnavailableError */
export async function authenticateSnp(
  evidence: Evidence,
  findings: Findings,
  context: VerificationContext
): Promise<Authenticated<SnpFacts>> {
  const { checklist } = findings
  const report = checklist.proveNow(texts.format, () => parseReport(evidence.bytes))
  findings.describe(() => snpClaims(report))
  const { hints, leaves } = await checklist.prove(texts.endorsements, () => findKeys(evidence, report, context))
  const leaf = await proveKey(report, { leaves, hints }, findings, context)
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

async function findKeys(evidence: Evidence, report: SnpReport, context: VerificationContext): Promise<Keys> {
  const hints = await readHints(evidence, context)
  return { hints, leaves: await findLeaves(report, hints, context) }
}

async function proveKey(
  report: SnpReport,
  { leaves, hints }: Keys,
  findings: Findings,
  context: VerificationContext
): Promise<LeafCandidate> {
  const [first] = leaves
  if (first === undefined) throw new UnavailableError('ERR_COLLATERAL_MISSING', 'SNP report: no certificate')
  await checkFit(report, first.leaf, findings.checklist)
  if (report.cpuid === undefined) requireTcbs(report, first.leaf.product)
  return proveChain([first, ...leaves.slice(1)], hints, findings, context)
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
