// Certificate revocation lists from DER (RFC 5280 §5.1). Complete, direct lists only: a partial one would hide revocations.

import { copyBytes, EvidenceError, equalBytes } from '../core/index.js'
import { readBigInteger } from '../encoding/der-big-integer.js'
import { DerReader, derTag, explicitTag } from '../encoding/index.js'
import type { Extension, Name, SignatureAlgorithm } from './certificate.js'
import { extensionOid, readExtensions } from './extensions.js'
import { parseName } from './name.js'
import { parseSignatureAlgorithm } from './signature-algorithm.js'

export interface Crl {
  readonly der: Uint8Array
  readonly tbs: Uint8Array
  readonly issuer: Name
  readonly thisUpdate: Date
  /** Absent where the list does not say; such a list never verifies. */
  readonly nextUpdate?: Date
  readonly revoked: readonly RevokedCertificate[]
  readonly crlNumber?: bigint
  readonly signatureAlgorithm: SignatureAlgorithm
  readonly signature: Uint8Array
}

export interface RevokedCertificate {
  /** Content bytes of the INTEGER. */
  readonly serialNumber: Uint8Array
  readonly revocationDate: Date
  /** CRLReason (RFC 5280 §5.3.1); 6 is certificateHold. */
  readonly reason?: number
}

const maxCrlBytes = 1 << 20

/**
 * Reads one list of version 1 or 2, all of it.
 * @throws EvidenceError ERR_ENCODING_DER where it is no DER, ERR_CRL_FORMAT where it is no list that we accept: an unknown signature
 * algorithm, two that differ, a delta, partial or indirect list, an unknown critical extension
 */
export function parseCrl(der: Uint8Array): Crl {
  const reader = DerReader.over(der, 'revocation list', { maxBytes: maxCrlBytes })
  const own = copyBytes(reader.element('CertificateList', derTag.sequence))
  reader.end()
  const list = DerReader.over(own, 'revocation list', { maxBytes: maxCrlBytes }).sequence('CertificateList')
  const tbs = list.element('tbsCertList')
  const outerAlgorithm = list.element('signatureAlgorithm')
  const signature = list.bitStringBytes('signatureValue')
  list.end()
  return { der: own, tbs, signature, ...readTbs(tbs, outerAlgorithm) }
}

function readTbs(tbs: Uint8Array, outerAlgorithm: Uint8Array): Omit<Crl, 'der' | 'tbs' | 'signature'> {
  const outer = DerReader.over(tbs, 'revocation list', { maxBytes: maxCrlBytes })
  const reader = outer.sequence('tbsCertList')
  const isVersion2 = reader.isNext(derTag.integer) && reader.integer('version', [1, 1]) === 1
  const signatureAlgorithm = readAlgorithm(reader, outerAlgorithm)
  const issuer = parseName(reader.element('issuer'))
  const thisUpdate = reader.time('thisUpdate')
  const nextUpdate = isTimeNext(reader) ? { nextUpdate: reader.time('nextUpdate') } : {}
  const revoked = reader.isNext(derTag.sequence) ? readRevoked(reader.sequence('revokedCertificates')) : []
  const crlNumber =
    isVersion2 && reader.isNext(explicitTag(0)) ? readListExtensions(reader.explicit(0, 'crlExtensions')) : {}
  reader.end()
  return { signatureAlgorithm, issuer, thisUpdate, ...nextUpdate, revoked, ...crlNumber }
}

function readAlgorithm(reader: DerReader, outerAlgorithm: Uint8Array): SignatureAlgorithm {
  const inner = reader.element('signature')
  if (!equalBytes(inner, outerAlgorithm)) throw malformed('signature algorithm inside and outside differ')
  const algorithm = parseSignatureAlgorithm(inner)
  if (algorithm === undefined) throw malformed('signature algorithm is not accepted')
  return algorithm
}

function isTimeNext(reader: DerReader): boolean {
  return reader.isNext(derTag.utcTime) || reader.isNext(derTag.generalizedTime)
}

function readRevoked(list: DerReader): readonly RevokedCertificate[] {
  const revoked: RevokedCertificate[] = []
  while (!list.atEnd) revoked.push(readEntry(list.sequence('revokedCertificate')))
  return revoked
}

function readEntry(reader: DerReader): RevokedCertificate {
  const serialNumber = reader.integerBytes('userCertificate')
  const revocationDate = reader.time('revocationDate')
  const extensions = reader.isNext(derTag.sequence) ? readExtensions(reader, 'crlEntryExtensions') : []
  reader.end()
  requireNoCritical(extensions)
  const reason = extensions.find((extension) => extension.oid === extensionOid.reasonCode)
  return { serialNumber, revocationDate, ...(reason === undefined ? {} : { reason: readReason(reason.value) }) }
}

function readReason(value: Uint8Array): number {
  const reader = DerReader.over(value, 'reasonCode')
  const reason = reader.enumerated('CRLReason', [0, 10])
  reader.end()
  return reason
}

function readListExtensions(wrapper: DerReader): { readonly crlNumber?: bigint } {
  const extensions = readExtensions(wrapper, 'crlExtensions')
  requireNoCritical(extensions)
  if (
    extensions.some(
      ({ oid }) => oid === extensionOid.deltaCrlIndicator || oid === extensionOid.issuingDistributionPoint
    )
  ) {
    throw malformed('expected a complete list, found a delta or partial one')
  }
  const number = extensions.find((extension) => extension.oid === extensionOid.crlNumber)
  if (number === undefined) return {}
  const reader = DerReader.over(number.value, 'crlNumber')
  const crlNumber = readBigInteger(reader, 'CRLNumber', 21)
  reader.end()
  return { crlNumber }
}

/** What makes a list indirect, partial or a delta is critical; nothing else that is critical is in use. */
function requireNoCritical(extensions: readonly Extension[]): void {
  const found = extensions.find((extension) => extension.critical)
  if (found !== undefined) throw malformed(`critical extension ${found.oid} is not understood`)
}

function malformed(message: string): EvidenceError {
  return new EvidenceError('ERR_CRL_FORMAT', `revocation list: ${message}`)
}
