// Evidence out of an X.509 certificate: in the format of CCC interoperable RA-TLS, or as a CMW (draft-ietf-rats-msg-wrap, X.509 extension).
import { EvidenceError, equalBytes, PolicyError } from '../../core/index.js'
import { DerReader, derTag } from '../../encoding/index.js'
import { decodeEvidence } from '../../evidence/cmw/decode-evidence.js'
import { cmwFormatOf, type Evidence } from '../../evidence/index.js'
import {
  type Certificate,
  checkCriticalExtensions,
  findExtension,
  parseCertificate,
  verifyCertificateSignature
} from '../../x509/index.js'
import { cccOid, parseCccEndorsements, parseCccEvidence } from './ccc.js'
import { checkClaims, claimsReportData, encodeClaims, malformed } from './claims.js'

/** id-pe-cmw. */
export const cmwOid = '1.3.6.1.5.5.7.1.35'

export type RaTlsFormat = 'ccc' | 'cmw'

export interface RaTlsEvidence {
  readonly certificate: Certificate
  readonly format: RaTlsFormat
  readonly evidence: Evidence
  /** What the evidence must cover. */
  readonly reportData: Uint8Array
  /** True where it covers the dates of the certificate too. */
  readonly coversValidity: boolean
}

/** Beside those of RA-TLS: names and uses, which TLS itself judges. */
const otherExtensions = ['2.5.29.17', '2.5.29.37'] as const

/**
 * Takes a certificate apart and holds it against itself. Whether the evidence is genuine and wanted is not decided here.
 * @throws PolicyError ERR_POLICY_UNATTESTED for a certificate without evidence
 * @throws EvidenceError ERR_ENCODING_DER, ERR_CERTIFICATE_FORMAT, ERR_CERTIFICATE_SIGNATURE, ERR_CERTIFICATE_USAGE, ERR_ENCODING_CBOR, ERR_CMW_FORMAT, ERR_TLS_BINDING
 */
export async function readRaTlsCertificate(der: Uint8Array, nonce?: Uint8Array): Promise<RaTlsEvidence> {
  const certificate = parseCertificate(der)
  checkCriticalExtensions(certificate, [cccOid.evidence, cccOid.endorsements, cmwOid, ...otherExtensions])
  const found = readExtensions(certificate, nonce)
  if (equalBytes(certificate.issuer.der, certificate.subject.der)) {
    await verifyCertificateSignature(certificate, certificate.spki)
  }
  return { certificate, ...found }
}

/** Whether a certificate of somebody has evidence in it; true also where that cannot be told, so that it is looked at and refused. */
export function holdsEvidence(der: Uint8Array): boolean {
  try {
    const certificate = parseCertificate(der)
    return [cccOid.evidence, cmwOid].some((oid) => findExtension(certificate, oid) !== undefined)
  } catch (error) {
    if (error instanceof EvidenceError) return true
    throw error
  }
}

function readExtensions(certificate: Certificate, nonce: Uint8Array | undefined): Omit<RaTlsEvidence, 'certificate'> {
  const ccc = findExtension(certificate, cccOid.evidence)
  const cmw = findExtension(certificate, cmwOid)
  if (ccc !== undefined && cmw !== undefined) throw malformed('expected one extension with evidence, found two')
  if (ccc !== undefined) return readCcc(certificate, ccc.value, nonce)
  if (cmw !== undefined) return readCmw(certificate, cmw.value, nonce)
  throw new PolicyError('ERR_POLICY_UNATTESTED', 'RA-TLS certificate: the certificate holds no evidence')
}

function readCcc(
  certificate: Certificate,
  value: Uint8Array,
  nonce: Uint8Array | undefined
): Omit<RaTlsEvidence, 'certificate'> {
  const { kind, quote, claims } = parseCccEvidence(value)
  const { coversValidity } = checkClaims(claims, certificate, nonce)
  const beside = findExtension(certificate, cccOid.endorsements)
  const endorsements = beside === undefined ? [] : parseCccEndorsements(beside.value)
  const evidence: Evidence = { kind, bytes: quote, endorsements }
  return { format: 'ccc', evidence, reportData: claimsReportData(claims), coversValidity }
}

/** The draft leaves open what the evidence covers. Here: the claims that the certificate itself yields, its dates among them. */
function readCmw(
  certificate: Certificate,
  value: Uint8Array,
  nonce: Uint8Array | undefined
): Omit<RaTlsEvidence, 'certificate'> {
  const claims = encodeClaims({
    spki: certificate.spki,
    validity: certificate,
    ...(nonce === undefined ? {} : { nonce })
  })
  const evidence = decodeEvidence(unwrapCmw(value))
  return { format: 'cmw', evidence, reportData: claimsReportData(claims), coversValidity: true }
}

/** `CHOICE { json UTF8String, cbor OCTET STRING }`. */
function unwrapCmw(value: Uint8Array): Uint8Array {
  const reader = DerReader.over(value, 'CMW extension', { maxBytes: 1 << 16 })
  const isJson = reader.isNext(derTag.utf8String)
  const cmw = isJson ? reader.content(derTag.utf8String, 'json') : reader.octetString('cbor')
  reader.end()
  if (cmwFormatOf(cmw) === (isJson ? 'json' : 'cbor')) return cmw
  throw malformed('CMW: expected the form that its type says')
}
