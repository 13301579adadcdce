// What a certificate proves about its key, under the policies of its reader.
import type { Appraisal, Verifier } from '../../verify/index.js'
import { checkValidity } from '../../x509/index.js'
import { verifyByAny } from '../verify-by-any.js'
import { type RaTlsFormat, readRaTlsCertificate } from './evidence.js'

/** A key made in a TEE that the policy accepts. It says nothing about who is at the other end of a connection: TLS and its key must. */
export interface CertificateVerdict {
  readonly kind: Appraisal['kind']
  readonly claims: Appraisal['claims']
  readonly tcb: Appraisal['tcb']
  readonly binding: 'certificate'
  readonly format: RaTlsFormat
  /** DER SubjectPublicKeyInfo that the evidence covers. */
  readonly spki: Uint8Array
  /** ISO 8601. */
  readonly notAfter: string
  /** True where the evidence covers the dates of the certificate; else its owner, or a thief of its key, can write others. */
  readonly coversValidity: boolean
  readonly evidenceDigest: string
  readonly appraisal: Appraisal
}

/** As `verifyRaTlsCertificate`, with verifiers that remember what they have accepted. */
export async function judgeCertificate(
  verifiers: readonly Verifier[],
  der: Uint8Array,
  now: Date,
  nonce?: Uint8Array
): Promise<CertificateVerdict> {
  const { certificate, evidence, reportData, format, coversValidity } = await readRaTlsCertificate(der, nonce)
  checkValidity(certificate, now)
  const appraisal = await verifyByAny(verifiers, evidence, reportData)
  const { kind, claims, tcb, evidenceDigest } = appraisal
  const facts = { format, spki: certificate.spki, notAfter: certificate.notAfter.toISOString(), coversValidity }
  return Object.freeze({ kind, claims, tcb, binding: 'certificate', ...facts, evidenceDigest, appraisal })
}
