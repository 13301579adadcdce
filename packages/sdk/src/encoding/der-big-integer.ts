// Large INTEGERs of DER (ITU-T X.690 §8.3). Apart from the reader: only revocation lists number themselves with such.
import type { DerReader } from './der-reader.js'
import { derTag } from './der-tags.js'

/** An INTEGER of at most `maxBytes` content bytes. @throws EvidenceError ERR_ENCODING_DER */
export function readBigInteger(
  reader: DerReader,
  field: string,
  maxBytes: number,
  tag: number = derTag.integer
): bigint {
  const content = reader.integerBytes(field, tag)
  if (content.length > maxBytes) throw reader.fail(`${field}: INTEGER longer than ${maxBytes} bytes`, field)
  const hex = Array.from(content, (byte) => byte.toString(16).padStart(2, '0')).join('')
  return BigInt.asIntN(8 * content.length, BigInt(`0x${hex}`))
}
