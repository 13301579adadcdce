// ECDSA signatures as X.509 carries them (RFC 3279 §2.2.3: SEQUENCE { r INTEGER, s INTEGER }), turned into r ‖ s.
import { EvidenceError } from '../core/index.js'
import { DerCursor, derTag } from './der-cursor.js'
import type { EcCurve } from './door.js'
import { curveBytes } from './spki.js'

/**
 * IEEE P1363 form of a DER ECDSA-Sig-Value. Only DER: shortest lengths and integers, both positive and no longer than the
 * curve's order, nothing after them. Whether they are below the order is left to the verification.
 * @throws EvidenceError ERR_ENCODING_DER
 */
export function ecdsaSignatureFromDer(der: Uint8Array, curve: EcCurve): Uint8Array {
  const outer = new DerCursor(der, fail)
  const sequence = outer.inside(derTag.sequence, 'ECDSA-Sig-Value')
  outer.end('ECDSA-Sig-Value')
  const size = curveBytes[curve]
  const signature = new Uint8Array(2 * size)
  placeRight(signature.subarray(0, size), sequence.positiveInteger('r'), 'r')
  placeRight(signature.subarray(size), sequence.positiveInteger('s'), 's')
  sequence.end('s')
  return signature
}

function placeRight(field: Uint8Array, integer: Uint8Array, name: string): void {
  if (integer.length > field.length) throw fail(`${name} is longer than ${field.length} bytes`)
  field.set(integer, field.length - integer.length)
}

function fail(message: string): EvidenceError {
  return new EvidenceError('ERR_ENCODING_DER', `ECDSA signature: ${message}`, { details: { field: 'signature' } })
}
