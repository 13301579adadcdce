// Certificates and lists that may prove something, and where they came from.
import { parseCertificate } from '../../x509/index.js'
import type { Crl } from '../../x509/parse-crl.js'
import type { CollateralUse } from '../appraisal.js'
import { type Known, sha256Hex } from '../memory.js'
import type { VerificationContext } from '../verifier.js'
import { parseSnpLeaf, type SnpLeaf, signingKeyOf } from './leaf.js'

export type Source = CollateralUse['source']

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
  /** Out of date, and taken all the same: the policy admits it for so long. */
  readonly stale?: boolean
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

/** @throws EvidenceError ERR_ENCODING_DER, ERR_CERTIFICATE_FORMAT, ERR_EVIDENCE_PRODUCT */
export function readCertificate(der: Uint8Array, sha256: string): Omit<Candidate, 'source'> {
  const certificate = parseCertificate(der)
  if (signingKeyOf(certificate) === undefined) return { certificate, sha256 }
  return { certificate, sha256, leaf: parseSnpLeaf(certificate) }
}
