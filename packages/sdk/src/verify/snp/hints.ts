// Certificates and lists from whoever had some to give: the evidence itself, then the caller. They prove nothing by coming.
import { EvidenceError, TresorError } from '../../core/index.js'
import { DerReader, isPem, parsePem } from '../../encoding/index.js'
import { type Evidence, mediaTypes, parseSnpCertificateTable } from '../../evidence/index.js'
import { type Crl, parseCertificate, parseCrl } from '../../x509/index.js'
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

export interface CrlCandidate {
  readonly crl: Crl
  readonly sha256: string
  readonly source: Source
}

export interface Hints {
  readonly candidates: readonly Candidate[]
  readonly crls: readonly CrlCandidate[]
  /** Why certificates among the hints could not be read. Decisive only where nothing better is found. */
  readonly problems: readonly TresorError[]
}

type Content = {
  readonly certificates: readonly Omit<Candidate, 'source'>[]
  readonly crls: readonly Omit<CrlCandidate, 'source'>[]
  readonly problems: readonly TresorError[]
}

const maxCertificates = 64

/**
 * Reads all hints.
 * @throws EvidenceError ERR_EVIDENCE_FORMAT for a malformed certificate table or too many certificates, and for malformed lists
 */
export async function readHints(evidence: Evidence, context: VerificationContext): Promise<Hints> {
  const shipped = evidence.endorsements.flatMap(({ mediaType, bytes }) =>
    mediaType === mediaTypes.snpCertificateTable ? parseSnpCertificateTable(bytes).map((entry) => entry.bytes) : [bytes]
  )
  const hints: Hints[] = []
  for (const bytes of shipped) hints.push(await readHint(bytes, 'evidence', context))
  for (const bytes of context.collateral?.given ?? []) hints.push(await readHint(bytes, 'caller', context))
  const candidates = hints.flatMap((hint) => hint.candidates)
  if (candidates.length > maxCertificates) {
    throw new EvidenceError('ERR_EVIDENCE_FORMAT', `endorsements: expected at most ${maxCertificates} certificates`)
  }
  return {
    candidates,
    crls: hints.flatMap((hint) => hint.crls),
    problems: hints.flatMap((hint) => hint.problems)
  }
}

/** A certificate that came from the collateral engine. */
export async function candidateOf(der: Uint8Array, source: Source, context: VerificationContext): Promise<Candidate> {
  const sha256 = await sha256Hex(der)
  const known = await context.memory.memo('snp-certificate', sha256, () => readCertificate(der, sha256))
  return { ...known, source }
}

async function readHint(bytes: Uint8Array, source: Source, context: VerificationContext): Promise<Hints> {
  const sha256 = await sha256Hex(bytes)
  const content = await context.memory.memo('snp-hint', sha256, () => readContent(bytes))
  return {
    candidates: content.certificates.map((certificate) => ({ ...certificate, source })),
    crls: content.crls.map((crl) => ({ ...crl, source })),
    problems: content.problems
  }
}

async function readContent(bytes: Uint8Array): Promise<Content> {
  const certificates: Content['certificates'][number][] = []
  const crls: Content['crls'][number][] = []
  const problems: TresorError[] = []
  for (const der of noteProblems(() => splitHint(bytes), problems) ?? []) {
    const sha256 = await sha256Hex(der)
    if (isCertificateList(der)) crls.push({ crl: parseCrl(der), sha256 })
    else noteProblems(() => certificates.push(readCertificate(der, sha256)), problems)
  }
  return { certificates, crls, problems }
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
