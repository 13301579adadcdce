// Certificates as files and tables hold them: PEM or DER. An entry of its own, since certificates that travel with evidence are DER.
import { isPem, parsePem } from '../encoding/pem.js'
import type { Certificate } from './certificate.js'
import { parseCertificate } from './parse-certificate.js'

/**
 * The certificates of a file or table entry that holds PEM blocks or one DER certificate.
 * @throws EvidenceError ERR_ENCODING_PEM, ERR_ENCODING_DER, ERR_CERTIFICATE_FORMAT
 */
export function parseCertificates(bytes: Uint8Array): readonly Certificate[] {
  if (!isPem(bytes)) return [parseCertificate(bytes)]
  return parsePem(bytes, 'CERTIFICATE').map((block) => parseCertificate(block.bytes))
}
