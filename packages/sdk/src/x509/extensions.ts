// Certificate and list extensions (RFC 5280 §4.2, §5.2), and the two that every chain depends on.
import { DerReader, derTag } from '../encoding/index.js'
import type { Certificate, Extension, KeyUsage } from './certificate.js'

export const extensionOid = {
  keyUsage: '2.5.29.15',
  basicConstraints: '2.5.29.19',
  crlNumber: '2.5.29.20',
  reasonCode: '2.5.29.21',
  deltaCrlIndicator: '2.5.29.27',
  issuingDistributionPoint: '2.5.29.28'
} as const

/** Real certificates have up to twenty. */
const maxExtensions = 64

/** In the order of their bits (RFC 5280 §4.2.1.3). */
export const keyUsages: readonly KeyUsage[] = [
  'digitalSignature',
  'nonRepudiation',
  'keyEncipherment',
  'dataEncipherment',
  'keyAgreement',
  'keyCertSign',
  'cRLSign',
  'encipherOnly',
  'decipherOnly'
]

/**
 * Reads `SEQUENCE OF Extension`, the last thing in `wrapper`. An explicit `critical FALSE` is taken: real issuers write it.
 * @throws EvidenceError ERR_ENCODING_DER, also for an extension that occurs twice
 */
export function readExtensions(wrapper: DerReader, field: string): readonly Extension[] {
  const list = wrapper.sequence(field)
  wrapper.end()
  const extensions: Extension[] = []
  while (!list.atEnd) {
    const extension = readExtension(list.sequence('Extension'))
    if (extensions.some(({ oid }) => oid === extension.oid))
      throw list.fail(`${field}: ${extension.oid} occurs twice`, field)
    if (extensions.length === maxExtensions) throw list.fail(`${field}: more than ${maxExtensions}`, field)
    extensions.push(extension)
  }
  return extensions
}

/** The extension of a certificate by its dotted decimal identifier. */
export function findExtension(certificate: Certificate, oid: string): Extension | undefined {
  return certificate.extensions.find((extension) => extension.oid === oid)
}

export function parseBasicConstraints(value: Uint8Array): { readonly ca: boolean; readonly pathLength?: number } {
  const outer = DerReader.over(value, 'basicConstraints')
  const reader = outer.sequence('BasicConstraints')
  outer.end()
  const ca = reader.isNext(derTag.boolean) ? reader.boolean('cA') : false
  const pathLength = reader.isNext(derTag.integer) ? reader.integer('pathLenConstraint', [0, 255]) : undefined
  reader.end()
  return pathLength === undefined ? { ca } : { ca, pathLength }
}

/** Bits without a name are refused; zero bits at the end, which DER would drop, are taken: AMD's ASK has them. */
export function parseKeyUsage(value: Uint8Array): readonly KeyUsage[] {
  const reader = DerReader.over(value, 'keyUsage')
  const { bytes } = reader.bitString('KeyUsage')
  reader.end()
  const found = keyUsages.filter((_, bit) => isBitSet(bytes, bit))
  const bits = bytes.reduce((sum, byte) => sum + countBits(byte), 0)
  if (bits !== found.length) throw reader.fail('KeyUsage: a bit without a name is set', 'KeyUsage')
  return found
}

function readExtension(reader: DerReader): Extension {
  const oid = reader.oid('extnID')
  const critical = reader.isNext(derTag.boolean) ? reader.boolean('critical') : false
  const value = reader.octetString('extnValue')
  reader.end()
  return { oid, critical, value }
}

function isBitSet(bytes: Uint8Array, bit: number): boolean {
  return ((bytes[bit >> 3] ?? 0) & (0x80 >> (bit & 7))) !== 0
}

function countBits(byte: number): number {
  let count = 0
  for (let rest = byte; rest > 0; rest >>= 1) count += rest & 1
  return count
}
