// What evidence in an RA-TLS certificate covers: a buffer of claims in CBOR, the first of which is the hash of the certificate's key.
// CCC interoperable RA-TLS, "Evidence Custom Claims". One claim of ours beside them: the dates of the certificate, so that whoever has
// stolen the key cannot put old evidence into a new certificate.
import { hash } from 'node:crypto'
import { EvidenceError, equalBytes } from '../../core/index.js'
import { encodeCbor } from '../../encoding/cbor-encode.js'
import { type CborMap, type CborValue, isCborMap, parseCbor } from '../../encoding/index.js'
import type { Certificate } from '../../x509/index.js'
import { sha256, sha256Bytes } from '../digest.js'

export interface ClaimedValidity {
  readonly notBefore: Date
  readonly notAfter: Date
}

export interface ClaimsTemplate {
  /** DER SubjectPublicKeyInfo. */
  readonly spki: Uint8Array
  readonly nonce?: Uint8Array
  readonly validity?: ClaimedValidity
}

/** What the claims of a certificate say, beyond its key. */
export interface CheckedClaims {
  /** True where the evidence covers the dates of the certificate. */
  readonly coversValidity: boolean
}

const names = { key: 'pubkey-hash', nonce: 'nonce', validity: 'tresor-validity' } as const

/** Ids of the IANA registry "Named Information Hash Algorithm"; a verifier must know all three. */
const hashes: ReadonlyMap<unknown, 'sha256' | 'sha384' | 'sha512'> = new Map([
  [1, 'sha256'],
  [7, 'sha384'],
  [8, 'sha512']
])

/** The claims buffer: a map from text to byte strings. */
export function encodeClaims({ spki, nonce, validity }: ClaimsTemplate): Uint8Array {
  const claims: [string, CborValue][] = [[names.key, encodeCbor([1, sha256(spki)])]]
  if (nonce !== undefined) claims.push([names.nonce, nonce])
  if (validity !== undefined) claims.push([names.validity, encodeCbor(secondsOf(validity))])
  return encodeCbor(new Map(claims))
}

/** 64 bytes: SHA-256 of the claims buffer, and zeros. */
export function claimsReportData(claims: Uint8Array): Uint8Array {
  const reportData = new Uint8Array(64)
  reportData.set(sha256(claims))
  return reportData
}

/**
 * Holds claims from a certificate against the certificate. Claims that are not known are left alone, as the format demands.
 * @param nonce what the verifier has asked for, where it has
 * @throws EvidenceError ERR_CERTIFICATE_FORMAT for malformed claims and for none about the key, ERR_TLS_BINDING for claims about another key,
 * other dates or another nonce
 */
export function checkClaims(
  buffer: Uint8Array,
  certificate: Certificate,
  nonce: Uint8Array | undefined
): CheckedClaims {
  const claims = parseClaims(buffer)
  checkKey(bytesOf(claims, names.key), certificate.spki)
  if (nonce !== undefined) checkNonce(bytesOf(claims, names.nonce), nonce)
  const validity = bytesOf(claims, names.validity)
  if (validity === undefined) return { coversValidity: false }
  if (equalBytes(validity, encodeCbor(secondsOf(certificate)))) return { coversValidity: true }
  throw unbound('the evidence was made for a certificate with other dates', names.validity)
}

function parseClaims(buffer: Uint8Array): CborMap {
  const claims = readCbor(buffer, 'claims')
  if (isCborMap(claims)) return claims
  throw malformed('claims: expected a map')
}

function bytesOf(claims: CborMap, name: string): Uint8Array | undefined {
  const value = claims.get(name)
  if (value === undefined || value instanceof Uint8Array) return value
  throw malformed(`${name}: expected a byte string`)
}

function checkKey(entry: Uint8Array | undefined, spki: Uint8Array): void {
  if (entry === undefined) throw malformed(`claims: expected ${names.key}`)
  const pair = readCbor(entry, names.key)
  const [id, digest, ...rest]: readonly CborValue[] = Array.isArray(pair) ? pair : []
  const name = hashes.get(id)
  if (name === undefined || !(digest instanceof Uint8Array) || rest.length > 0) {
    throw malformed(`${names.key}: expected SHA-256, SHA-384 or SHA-512, and the hash`)
  }
  if (!equalBytes(digest, hash(name, spki, 'buffer'))) throw unbound('the evidence is about another key', names.key)
}

function checkNonce(found: Uint8Array | undefined, expected: Uint8Array): void {
  if (found === undefined || !equalBytes(found, expected))
    throw unbound('the evidence has another nonce, or none', names.nonce)
}

function secondsOf({ notBefore, notAfter }: ClaimedValidity): readonly number[] {
  return [notBefore, notAfter].map((date) => Math.floor(date.getTime() / 1000))
}

/** Strict: a second encoding of the same claims would be another buffer under the same meaning. */
export function readCbor(bytes: Uint8Array, what: string): CborValue {
  return parseCbor(bytes, `RA-TLS ${what}`, { maxBytes: 1 << 16, maxDepth: 4, maxItems: 64 })
}

export function malformed(message: string): EvidenceError {
  return new EvidenceError('ERR_CERTIFICATE_FORMAT', `RA-TLS certificate: ${message}`)
}

function unbound(message: string, field: string): EvidenceError {
  return new EvidenceError('ERR_TLS_BINDING', `RA-TLS certificate: ${message}`, { details: { field } })
}

export const shortestNonce: number = sha256Bytes / 2
