// SubjectPublicKeyInfo (RFC 5280 §4.1.2.7) of the keys that attestation uses: RFC 3279 §2.3.1 for RSA, RFC 5480 §2 for EC.
// Both doors parse with this before any library sees the bytes, so that they accept exactly the same keys.
import { EvidenceError } from '../core/index.js'
import { DerReader } from '../encoding/index.js'
import type { EcCurve } from './door.js'
import { readPositive } from './positive-integer.js'

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

const curveOfOid: ReadonlyMap<string, EcCurve> = new Map([
  ['1.2.840.10045.3.1.7', 'P-256'],
  ['1.3.132.0.34', 'P-384']
])

/**
 * Accepts EC keys on P-256 or P-384 named by OID with an uncompressed point, and RSA keys of 2048 to 8192 bits whose length
 * is a whole number of bytes and whose exponent is odd and within [3, 2^33): the bound that BoringSSL has, so that Node and
 * browsers agree.
 * @throws EvidenceError ERR_CERTIFICATE_FORMAT
 */
export function parseSpki(spki: Uint8Array): EcSpki | RsaSpki {
  try {
    return readSpki(DerReader.of(spki, 'public key'))
  } catch (error) {
    if (error instanceof EvidenceError && error.code === 'ERR_ENCODING_DER') throw malformed(error.message, error)
    throw error
  }
}

function readSpki(outer: DerReader): EcSpki | RsaSpki {
  const info = outer.sequence('SubjectPublicKeyInfo')
  outer.end()
  const identifier = info.sequence('algorithm')
  const oid = identifier.oid('algorithm')
  const key = info.bitStringBytes('subjectPublicKey')
  info.end()
  if (oid === '1.2.840.113549.1.1.1') return readRsa(identifier, key)
  if (oid === '1.2.840.10045.2.1') return readEc(identifier, key)
  throw malformed(`public key: expected RSA or EC, found ${oid}`)
}

function readEc(identifier: DerReader, point: Uint8Array): EcSpki {
  const curve = curveOfOid.get(identifier.oid('namedCurve'))
  identifier.end()
  if (curve === undefined) throw malformed('public key: expected the curve P-256 or P-384')
  const length = 1 + 2 * curveBytes[curve]
  if (point.length !== length || point[0] !== 4) {
    throw malformed(`public key: expected an uncompressed ${curve} point of ${length} bytes`)
  }
  return { algorithm: 'ecdsa', curve, point }
}

function readRsa(identifier: DerReader, key: Uint8Array): RsaSpki {
  identifier.null('parameters')
  identifier.end()
  const outer = DerReader.over(key, 'public key')
  const sequence = outer.sequence('RSAPublicKey')
  outer.end()
  const modulus = readPositive(sequence, 'modulus')
  const exponent = readPositive(sequence, 'publicExponent')
  sequence.end()
  assertModulus(modulus)
  assertExponent(exponent)
  return { algorithm: 'rsa', modulus, exponent, pkcs1: key }
}

function assertModulus(modulus: Uint8Array): void {
  const first = modulus[0] ?? 0
  const bits = modulus.length * 8 - (Math.clz32(first) - 24)
  if (bits < 2048 || bits > 8192)
    throw malformed(`public key: expected an RSA modulus of 2048 to 8192 bits, found ${bits}`)
  if (first < 0x80)
    throw malformed(`public key: expected an RSA modulus of a whole number of bytes, found ${bits} bits`)
  if (!isOdd(modulus)) throw malformed('public key: the RSA modulus must be odd')
}

function assertExponent(exponent: Uint8Array): void {
  const isSmall = exponent.length === 1 && (exponent[0] ?? 0) < 3
  const isLarge = exponent.length > 5 || (exponent.length === 5 && (exponent[0] ?? 0) > 1)
  if (isSmall || isLarge || !isOdd(exponent))
    throw malformed('public key: the RSA exponent must be odd and within [3, 2^33)')
}

function isOdd(number: Uint8Array): boolean {
  return ((number[number.length - 1] ?? 0) & 1) === 1
}

function malformed(message: string, cause?: unknown): EvidenceError {
  return new EvidenceError('ERR_CERTIFICATE_FORMAT', message, cause === undefined ? {} : { cause })
}
