// Hints in a wrapping: a certificate table, PEM.
import { parsePem } from '../../encoding/pem.js'
import { parseSnpCertificateTable } from '../../evidence/snp/certificate-table.js'

const wanted: readonly string[] = ['CERTIFICATE', 'X509 CRL']

/** @throws EvidenceError ERR_EVIDENCE_FORMAT */
export function splitTable(table: Uint8Array): readonly Uint8Array[] {
  return parseSnpCertificateTable(table).map(({ bytes }) => bytes)
}

/**
 * The certificates and lists among PEM blocks. Other things are for somebody else and ignored.
 * @throws EvidenceError ERR_ENCODING_PEM
 */
export function splitPem(text: Uint8Array): readonly Uint8Array[] {
  return parsePem(text).flatMap(({ label, bytes }) => (wanted.includes(label) ? [bytes] : []))
}
