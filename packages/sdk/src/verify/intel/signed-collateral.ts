// TCB info and QE identity as Intel serves them: JSON whose inner object is signed as the bytes that stand there. Stored and shipped
// as the issuer chain in PEM (where there is one), then the JSON as it was served.
import { EvidenceError, equalBytes, fromHex, isHex, utf8 } from '../../core/index.js'
import { type JsonDocument, parseJsonDocument } from '../../encoding/json-document.js'
import { isPem } from '../../encoding/pem.js'
import type { Certificate } from '../../x509/index.js'
import { parseCertificates } from '../../x509/parse-certificates.js'
import { JsonShape, malformed } from './json-shape.js'
import { parseQeIdentity, type QeIdentity } from './qe-identity.js'
import { parseTcbInfo, type TcbInfo } from './tcb-info.js'

interface Signed {
  /** The inner object, byte for byte. */
  readonly signedBytes: Uint8Array
  /** r ‖ s. */
  readonly signature: Uint8Array
  /** Signer first; empty where the collateral came without. */
  readonly issuerChain: readonly Certificate[]
}

export interface SignedTcbInfo extends Signed {
  readonly kind: 'tcb-info'
  readonly value: TcbInfo
}

export interface SignedQeIdentity extends Signed {
  readonly kind: 'qe-identity'
  readonly value: QeIdentity
}

export type SignedCollateral = SignedTcbInfo | SignedQeIdentity

const limits = { maxBytes: 262_144, maxDepth: 12 }
const endOfPem = utf8('-----END CERTIFICATE-----')

/**
 * Reads collateral without believing it.
 * @throws EvidenceError ERR_ENCODING_JSON, ERR_COLLATERAL_FORMAT, and those of the issuer chain
 */
export function parseSignedCollateral(bytes: Uint8Array): SignedCollateral {
  const { pem, json } = splitSigned(bytes)
  return parseSignedJson(json, pem.length === 0 ? [] : parseCertificates(pem))
}

/**
 * The same for JSON whose issuer chain has been read.
 * @throws EvidenceError ERR_ENCODING_JSON, ERR_COLLATERAL_FORMAT
 */
export function parseSignedJson(json: Uint8Array, issuerChain: readonly Certificate[]): SignedCollateral {
  const document = parseJsonDocument(json, 'signed collateral', limits)
  const outer = new JsonShape(document.value, 'collateral')
  const signature = readSignature(outer)
  if (outer.has('tcbInfo')) {
    const value = parseTcbInfo(outer.object('tcbInfo'))
    return { kind: 'tcb-info', value, signedBytes: member(document, 'tcbInfo'), signature, issuerChain }
  }
  const value = parseQeIdentity(outer.object('enclaveIdentity'))
  return { kind: 'qe-identity', value, signedBytes: member(document, 'enclaveIdentity'), signature, issuerChain }
}

function readSignature(outer: JsonShape): Uint8Array {
  const text = outer.string('signature')
  if (text.length !== 128 || !isHex(text)) throw malformed('collateral.signature', 'hex of 64 bytes')
  return fromHex(text)
}

function member(document: JsonDocument, name: string): Uint8Array {
  const bytes = document.memberBytes(name)
  if (bytes === undefined) throw new EvidenceError('ERR_COLLATERAL_FORMAT', `collateral: ${name} is missing`)
  return bytes
}

/** The issuer chain, and the JSON, which starts after the last line that ends a certificate. */
export function splitSigned(bytes: Uint8Array): { readonly pem: Uint8Array; readonly json: Uint8Array } {
  if (!isPem(bytes)) return { pem: bytes.subarray(0, 0), json: bytes }
  const end = lastIndexOf(bytes, endOfPem) + endOfPem.length
  let start = end
  while (bytes[start] === 0x0a || bytes[start] === 0x0d) start++
  return { pem: bytes.subarray(0, end), json: bytes.subarray(start) }
}

/** A JSON text of our size holds no such line: the first `{` ends the search. */
function lastIndexOf(bytes: Uint8Array, part: Uint8Array): number {
  const brace = bytes.indexOf(0x7b)
  const limit = (brace === -1 ? bytes.length : brace) - part.length
  for (let at = limit; at >= 0; at--) if (equalBytes(bytes.subarray(at, at + part.length), part)) return at
  return -part.length
}
