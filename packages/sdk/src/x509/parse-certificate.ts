// X.509 v3 certificates from DER (RFC 5280 §4.1). Nothing is trusted or verified here.
import { copyBytes, EvidenceError, equalBytes } from '../core/index.js'
import { DerReader, derTag, explicitTag } from '../encoding/index.js'
import type { Certificate, Extension, SignatureAlgorithm } from './certificate.js'
import { extensionOid, parseBasicConstraints, parseKeyUsage, readExtensions } from './extensions.js'
import { parseName } from './name.js'
import { parseSignatureAlgorithm } from './signature-algorithm.js'

const maxCertificateBytes = 1 << 16

/**
 * Reads one certificate, all of it.
 * @throws EvidenceError ERR_ENCODING_DER where it is no DER, ERR_CERTIFICATE_FORMAT where it is no certificate that we accept:
 * another version than 3, an unknown signature algorithm, two that differ, a negative serial number, malformed constraints
 */
export function parseCertificate(der: Uint8Array): Certificate {
  const reader = DerReader.over(der, 'certificate', { maxBytes: maxCertificateBytes })
  const own = copyBytes(reader.element('Certificate', derTag.sequence))
  reader.end()
  const certificate = DerReader.over(own, 'certificate', { maxBytes: maxCertificateBytes }).sequence('Certificate')
  const tbs = certificate.element('tbsCertificate')
  const outerAlgorithm = certificate.element('signatureAlgorithm')
  const signature = certificate.bitStringBytes('signatureValue')
  certificate.end()
  return { der: own, tbs, signature, ...readTbs(tbs, outerAlgorithm) }
}

function readTbs(tbs: Uint8Array, outerAlgorithm: Uint8Array): Omit<Certificate, 'der' | 'tbs' | 'signature'> {
  const outer = DerReader.over(tbs, 'certificate')
  const reader = outer.sequence('tbsCertificate')
  requireVersion3(reader)
  const serialNumber = readSerialNumber(reader)
  const signatureAlgorithm = readAlgorithm(reader, outerAlgorithm)
  const issuer = parseName(reader.element('issuer'))
  const validity = readValidity(reader.sequence('validity'))
  const subject = parseName(reader.element('subject'))
  const spki = reader.element('subjectPublicKeyInfo', derTag.sequence)
  const extensions = reader.isNext(explicitTag(3)) ? readExtensions(reader.explicit(3, 'extensions'), 'extensions') : []
  reader.end()
  if (issuer.attributes.length === 0) throw malformed('issuer: expected a name, found none')
  return { serialNumber, signatureAlgorithm, issuer, ...validity, subject, spki, extensions, ...readUses(extensions) }
}

function requireVersion3(reader: DerReader): void {
  if (!reader.isNext(explicitTag(0))) throw malformed('version: expected 3, found 1')
  const wrapper = reader.explicit(0, 'version')
  const version = wrapper.integer('version', [0, 255]) + 1
  wrapper.end()
  if (version !== 3) throw malformed(`version: expected 3, found ${version}`)
}

/** Zero is taken, against the RFC: it is the serial number of every VCEK. */
function readSerialNumber(reader: DerReader): Uint8Array {
  const serialNumber = reader.integerBytes('serialNumber')
  if (serialNumber.length > 21 || (serialNumber[0] as number) >= 0x80) {
    throw malformed('serialNumber: expected 0 to 20 bytes, unsigned')
  }
  return serialNumber
}

/** What is signed must name the same algorithm as what is not (RFC 5280 §4.1.1.2). */
function readAlgorithm(reader: DerReader, outerAlgorithm: Uint8Array): SignatureAlgorithm {
  const inner = reader.element('signature')
  if (!equalBytes(inner, outerAlgorithm)) throw malformed('signature algorithm inside and outside differ')
  const algorithm = parseSignatureAlgorithm(inner)
  if (algorithm === undefined) throw malformed('signature algorithm is not accepted')
  return algorithm
}

function readValidity(reader: DerReader): { readonly notBefore: Date; readonly notAfter: Date } {
  const notBefore = reader.time('notBefore')
  const notAfter = reader.time('notAfter')
  reader.end()
  return { notBefore, notAfter }
}

function readUses(extensions: readonly Extension[]): Pick<Certificate, 'basicConstraints' | 'keyUsage'> {
  const constraints = extensions.find((extension) => extension.oid === extensionOid.basicConstraints)
  const usage = extensions.find((extension) => extension.oid === extensionOid.keyUsage)
  return {
    ...(constraints === undefined ? {} : { basicConstraints: parseBasicConstraints(constraints.value) }),
    ...(usage === undefined ? {} : { keyUsage: parseKeyUsage(usage.value) })
  }
}

function malformed(message: string): EvidenceError {
  return new EvidenceError('ERR_CERTIFICATE_FORMAT', `certificate: ${message}`)
}
