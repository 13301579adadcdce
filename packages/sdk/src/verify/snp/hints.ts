// Certificates and lists from whoever had some to give: the evidence itself, then the caller. They prove nothing by coming.
import { EvidenceError, TresorError } from '../../core/index.js'
import { DerReader } from '../../encoding/index.js'
import { type Evidence, mediaTypes } from '../../evidence/index.js'
import { loadExtras } from '../load-extras.js'
import { sha256Hex } from '../memory.js'
import type { VerificationContext } from '../verifier.js'
import { type Candidate, type CrlCandidate, isLeaf, readCertificate, type Source } from './candidate.js'
import { combine, type Hints } from './chain-parts.js'

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
async function digestOf({ endorsements }: Evidence): Promise<string> {
  let id = ''
  for (const { mediaType, bytes } of endorsements) {
    id += (mediaType === mediaTypes.snpCertificateTable ? ' table ' : ' ') + (await sha256Hex(bytes))
  }
  return id
}

async function readAll({ endorsements }: Evidence, { collateral }: VerificationContext, id: string): Promise<Hints> {
  const found: Found = { candidates: [], crls: [], problems: [] }
  for (const { mediaType, bytes } of endorsements) {
    const isTable = mediaType === mediaTypes.snpCertificateTable
    const parts = isTable ? (await loadExtras()).splitTable(bytes) : [bytes]
    for (const part of parts) await readHint(part, 'evidence', found)
  }
  for (const bytes of collateral?.given ?? []) await readHint(bytes, 'caller', found)
  const leaves = found.candidates.filter(isLeaf)
  return { id, ...found, leaves, chains: new Map(leaves.map((leaf) => [leaf, combine(leaf, found)])) }
}

async function readHint(bytes: Uint8Array, source: Source, found: Found): Promise<void> {
  for (const der of await splitHint(bytes, found.problems)) await readDer(der, source, found)
}

/** What is neither DER nor PEM is for somebody else and ignored. */
async function splitHint(bytes: Uint8Array, problems: TresorError[]): Promise<readonly Uint8Array[]> {
  if (bytes[0] === 0x30) return [bytes]
  if (bytes[0] !== 0x2d) return []
  const { splitPem } = await loadExtras()
  return noteProblems(() => splitPem(bytes), problems) ?? []
}

async function readDer(der: Uint8Array, source: Source, { candidates, crls, problems }: Found): Promise<void> {
  const sha256 = await sha256Hex(der)
  if (isCertificateList(der)) crls.push({ crl: (await loadExtras()).parseCrl(der), sha256, source })
  else noteProblems(() => candidates.push({ ...readCertificate(der, sha256), source }), problems)
  if (candidates.length > maxCertificates) {
    throw new EvidenceError('ERR_EVIDENCE_FORMAT', `endorsements: expected at most ${maxCertificates} certificates`)
  }
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
