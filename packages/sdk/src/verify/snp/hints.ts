// Certificates and lists from whoever had some to give: the evidence itself, then the caller. They prove nothing by coming.
import { concatBytes, EvidenceError, TresorError } from '../../core/index.js'
import { DerReader } from '../../encoding/index.js'
import { isPem, parsePem } from '../../encoding/pem.js'
import { type Evidence, mediaTypes } from '../../evidence/index.js'
import { parseSnpCertificateTable } from '../../evidence/snp/certificate-table.js'
import { parseCertificate } from '../../x509/index.js'
import { type Crl, parseCrl } from '../../x509/parse-crl.js'
import type { CollateralUse } from '../appraisal.js'
import { type Known, sha256Hex } from '../memory.js'
import type { VerificationContext } from '../verifier.js'
import { parseSnpLeaf, type SnpLeaf, signingKeyOf } from './leaf.js'

type Source = CollateralUse['source']

/** A certificate and where it came from; `leaf` where it certifies a signing key. */
export interface Candidate extends Known {
  readonly source: Source
  readonly leaf?: SnpLeaf
}

/** A candidate that certifies a signing key. */
export interface LeafCandidate extends Candidate {
  readonly leaf: SnpLeaf
}

export interface CrlCandidate {
  readonly crl: Crl
  readonly sha256: string
  readonly source: Source
}

export interface Hints {
  /** The same for the same hints, where they are remembered. */
  readonly id: string
  readonly candidates: readonly Candidate[]
  readonly leaves: readonly LeafCandidate[]
  readonly crls: readonly CrlCandidate[]
  /** Why certificates among the hints could not be read. Decisive only where nothing better is found. */
  readonly problems: readonly TresorError[]
}

/** Collects while hints are read. */
interface Found {
  readonly candidates: Candidate[]
  readonly crls: CrlCandidate[]
  readonly problems: TresorError[]
}

const maxCertificates = 64

/**
 * Reads all hints, or remembers having read the same.
 * @throws EvidenceError ERR_EVIDENCE_FORMAT for a malformed certificate table or too many certificates, and for malformed lists
 */
export async function readHints(evidence: Evidence, context: VerificationContext): Promise<Hints> {
  if (context.collateral === undefined) return readAll(evidence, context, '')
  const id = await digestOf(evidence)
  return context.memory.memo('snp-hints', id, () => readAll(evidence, context, id))
}

/** What the caller gave is the same for the whole life of a memory. */
function digestOf({ endorsements }: Evidence): string | Promise<string> {
  if (endorsements.length === 0) return 'none'
  const fields: Uint8Array[] = []
  for (const { mediaType, bytes } of endorsements) {
    const isTable = mediaType === mediaTypes.snpCertificateTable
    fields.push(Uint8Array.of(isTable ? 1 : 0, bytes.length >>> 16, bytes.length >>> 8, bytes.length), bytes)
  }
  return sha256Hex(concatBytes(...fields))
}

async function readAll({ endorsements }: Evidence, { collateral }: VerificationContext, id: string): Promise<Hints> {
  const found: Found = { candidates: [], crls: [], problems: [] }
  for (const { mediaType, bytes } of endorsements) {
    const isTable = mediaType === mediaTypes.snpCertificateTable
    const parts = isTable ? parseSnpCertificateTable(bytes).map((entry) => entry.bytes) : [bytes]
    for (const part of parts) await readHint(part, 'evidence', found)
  }
  for (const bytes of collateral?.given ?? []) await readHint(bytes, 'caller', found)
  return { id, ...found, leaves: found.candidates.filter(isLeaf) }
}

/** A certificate that came from the collateral engine. */
export async function candidateOf(der: Uint8Array, source: Source, context: VerificationContext): Promise<Candidate> {
  const sha256 = await sha256Hex(der)
  const known = await context.memory.memo('snp-certificate', sha256, () => readCertificate(der, sha256))
  return { ...known, source }
}

export function isLeaf(candidate: Candidate): candidate is LeafCandidate {
  return candidate.leaf !== undefined
}

async function readHint(bytes: Uint8Array, source: Source, { candidates, crls, problems }: Found): Promise<void> {
  for (const der of noteProblems(() => splitHint(bytes), problems) ?? []) {
    const sha256 = await sha256Hex(der)
    if (isCertificateList(der)) crls.push({ crl: parseCrl(der), sha256, source })
    else noteProblems(() => candidates.push({ ...readCertificate(der, sha256), source }), problems)
    if (candidates.length > maxCertificates) {
      throw new EvidenceError('ERR_EVIDENCE_FORMAT', `endorsements: expected at most ${maxCertificates} certificates`)
    }
  }
}

/** What is neither DER nor PEM, and PEM of other things, is for somebody else and ignored. */
function splitHint(bytes: Uint8Array): readonly Uint8Array[] {
  if (!isPem(bytes)) return bytes[0] === 0x30 ? [bytes] : []
  const wanted = ['CERTIFICATE', 'X509 CRL']
  return parsePem(bytes).flatMap((block) => (wanted.includes(block.label) ? [block.bytes] : []))
}

function noteProblems<T>(read: () => T, problems: TresorError[]): T | undefined {
  try {
    return read()
  } catch (error) {
    if (!TresorError.is(error)) throw error
    problems.push(error)
    return undefined
  }
}

function readCertificate(der: Uint8Array, sha256: string): Omit<Candidate, 'source'> {
  const certificate = parseCertificate(der)
  if (signingKeyOf(certificate) === undefined) return { certificate, sha256 }
  return { certificate, sha256, leaf: parseSnpLeaf(certificate) }
}

/** A certificate of version 3 starts with its version in [0], a list does not. */
function isCertificateList(der: Uint8Array): boolean {
  try {
    const list = DerReader.of(der, 'endorsement', { maxBytes: 4 << 20 })
      .sequence('outer')
      .sequence('signed part')
    return !list.isNext(0xa0)
  } catch (error) {
    if (TresorError.is(error)) return false
    throw error
  }
}
