// ECDSA signatures as X.509 carries them (RFC 3279 §2.2.3: SEQUENCE { r INTEGER, s INTEGER }), turned into r ‖ s.
import { DerReader } from '../encoding/index.js'
import type { EcCurve } from './door.js'
import { readPositive } from './positive-integer.js'
import { curveBytes } from './spki.js'

/**
 * IEEE P1363 form of a DER ECDSA-Sig-Value. Only DER: shortest lengths and integers, both positive and no longer than the
 * curve's order, nothing after them. Whether they are below the order is left to the verification.
 * @throws EvidenceError ERR_ENCODING_DER
 */
export function ecdsaSignatureFromDer(der: Uint8Array, curve: EcCurve): Uint8Array {
  const outer = DerReader.over(der, 'ECDSA signature')
  const sequence = outer.sequence('ECDSA-Sig-Value')
  outer.end()
  const size = curveBytes[curve]
  const signature = new Uint8Array(2 * size)
  readRight(signature.subarray(0, size), sequence, 'r')
  readRight(signature.subarray(size), sequence, 's')
  sequence.end()
  return signature
}

function readRight(half: Uint8Array, reader: DerReader, name: string): void {
  const integer = readPositive(reader, name)
  if (integer.length > half.length) throw reader.fail(`${name}: longer than ${half.length} bytes`, name)
  half.set(integer, half.length - integer.length)
}
