// INTEGERs of keys and signatures, which are positive.
import type { DerReader } from '../encoding/index.js'

/**
 * The magnitude of a positive INTEGER, without the sign byte.
 * @throws EvidenceError ERR_ENCODING_DER
 */
export function readPositive(reader: DerReader, field: string): Uint8Array {
  const content = reader.integerBytes(field)
  const [first = 0] = content
  if (first >= 0x80 || (first === 0 && content.length === 1))
    throw reader.fail(`${field}: expected more than zero`, field)
  return first === 0 ? content.subarray(1) : content
}
