// SubjectPublicKeyInfo (RFC 5280 §4.1.2.7) of the keys that attestation uses: RFC 3279 §2.3.1 for RSA, RFC 5480 §2 for EC.
// Both doors parse with this before any library sees the bytes, so that they accept exactly the same keys.
import { EvidenceError, toHex } from '../core/index.js'
import { DerCursor, derTag } from './der-cursor.js'
import type { EcCurve } from './door.js'

export interface EcSpki {
  readonly algorithm: 'ecdsa'
  readonly curve: EcCurve
  /** Uncompressed: 0x04 ‖ x ‖ y (SEC 1 §2.3.3). Not yet known to be on the curve. */
  readonly point: Uint8Array
}

export interface RsaSpki {
  readonly algorithm: 'rsa'
  /** Big endian, without leading zeros. */
  readonly modulus: Uint8Array
  readonly exponent: Uint8Array
  /** Both as the DER that stands inside (RSAPublicKey, RFC 8017 §A.1.1). */
  readonly pkcs1: Uint8Array
}

/** Bytes of one coordinate, and of r and of s. */
export const curveBytes: Readonly<Record<EcCurve, number>> = { 'P-256': 32, 'P-384': 48 }

const rsaEncryption = '2a864886f70d010101'
const idEcPublicKey = '2a8648ce3d0201'
const curveOfOid: ReadonlyMap<string, EcCurve> = new Map([
  ['2a8648ce3d030107', 'P-256'],
  ['2b81040022', 'P-384']
])

/**
 * Accepts EC keys on P-256 or P-384 named by OID with an uncompressed point, and RSA keys of 2048 to 8192 bits whose length
 * is a whole number of bytes and whose exponent is odd and within [3, 2^33): the bound that BoringSSL has, so that Node and
 * browsers agree.
 * @throws EvidenceError ERR_CERTIFICATE_FORMAT
 */
export function parseSpki(spki: Uint8Array): EcSpki | RsaSpki {
  const outer = new DerCursor(spki, fail)
  const info = outer.inside(derTag.sequence, 'SubjectPublicKeyInfo')
  outer.end('SubjectPublicKeyInfo')
  const identifier = info.inside(derTag.sequence, 'algorithm')
  const oid = toHex(identifier.content(derTag.oid, 'algorithm OID').subarray(0, 16))
  const key = readBitString(info)
  info.end('subjectPublicKey')
  if (oid === rsaEncryption) return parseRsa(identifier, key)
  if (oid === idEcPublicKey) return parseEc(identifier, key)
  throw fail(`expected rsaEncryption or id-ecPublicKey, found OID bytes ${oid}`)
}

function readBitString(info: DerCursor): Uint8Array {
  const content = info.content(derTag.bitString, 'subjectPublicKey')
  if (content[0] !== 0) throw fail('subjectPublicKey must have no unused bits')
  return content.subarray(1)
}

function parseEc(identifier: DerCursor, point: Uint8Array): EcSpki {
  const curve = curveOfOid.get(toHex(identifier.content(derTag.oid, 'named curve').subarray(0, 16)))
  identifier.end('named curve')
  if (curve === undefined) throw fail('expected the named curve P-256 or P-384')
  const length = 1 + 2 * curveBytes[curve]
  if (point.length !== length || point[0] !== 4)
    throw fail(`expected an uncompressed ${curve} point of ${length} bytes`)
  return { algorithm: 'ecdsa', curve, point: point.slice() }
}

function parseRsa(identifier: DerCursor, key: Uint8Array): RsaSpki {
  const parameters = identifier.content(derTag.null, 'rsaEncryption parameters')
  if (parameters.length !== 0) throw fail('rsaEncryption parameters must be NULL')
  identifier.end('rsaEncryption parameters')
  const outer = new DerCursor(key, fail)
  const sequence = outer.inside(derTag.sequence, 'RSAPublicKey')
  outer.end('RSAPublicKey')
  const modulus = sequence.positiveInteger('modulus')
  const exponent = sequence.positiveInteger('publicExponent')
  sequence.end('publicExponent')
  assertModulus(modulus)
  assertExponent(exponent)
  return { algorithm: 'rsa', modulus: modulus.slice(), exponent: exponent.slice(), pkcs1: key.slice() }
}

function assertModulus(modulus: Uint8Array): void {
  const first = modulus[0] ?? 0
  const bits = modulus.length * 8 - (Math.clz32(first) - 24)
  if (bits < 2048 || bits > 8192) throw fail(`expected an RSA modulus of 2048 to 8192 bits, found ${bits}`)
  if (first < 0x80) throw fail(`expected an RSA modulus of a whole number of bytes, found ${bits} bits`)
  if (!isOdd(modulus)) throw fail('the RSA modulus must be odd')
}

function assertExponent(exponent: Uint8Array): void {
  const isSmall = exponent.length === 1 && (exponent[0] ?? 0) < 3
  const isLarge = exponent.length > 5 || (exponent.length === 5 && (exponent[0] ?? 0) > 1)
  if (isSmall || isLarge || !isOdd(exponent)) throw fail('the RSA exponent must be odd and within [3, 2^33)')
}

function isOdd(number: Uint8Array): boolean {
  return ((number[number.length - 1] ?? 0) & 1) === 1
}

function fail(message: string): EvidenceError {
  return new EvidenceError('ERR_CERTIFICATE_FORMAT', `public key: ${message}`, {
    details: { field: 'subjectPublicKeyInfo' }
  })
}
