// The extensions of CCC interoperable RA-TLS: evidence of Intel's TEEs as CBOR under tag 60000, and beside it, if at all, endorsements under the
// same tag. CCC "Interoperable RA-TLS SGX / TDX Evidence Tags and Formats".
import { concatBytes, copyBytes, UsageError, utf8 } from '../../core/index.js'
import { encodeCbor } from '../../encoding/cbor-encode.js'
import { type CborValue, isCborTag } from '../../encoding/index.js'
import { encodePem, isPem, parsePem } from '../../encoding/pem.js'
import { type Endorsement, type Evidence, identify, mediaTypes } from '../../evidence/index.js'
import { parseQuote } from '../../evidence/quote/index.js'
import { attributeOf, parseCertificate } from '../../x509/index.js'
import { parseCrl } from '../../x509/parse-crl.js'
import { malformed, readCbor } from './claims.js'

/** tcg-dice-conceptual-message-wrapper and tcg-dice-endorsement-manifest. */
export const cccOid = { evidence: '2.23.133.5.4.9', endorsements: '2.23.133.5.4.2' } as const

/** Quotes of SGX and TDX, of every version; their headers tell which. */
const quoteTag = 60_000
const endorsementsVersion = 1

export interface CccEvidence {
  readonly kind: 'tdx' | 'sgx'
  readonly quote: Uint8Array
  readonly claims: Uint8Array
}

/** The content of the extension with the evidence. */
export function encodeCccEvidence({ kind, bytes }: Evidence, claims: Uint8Array): Uint8Array {
  if (kind === 'snp') {
    throw new UsageError('ERR_USAGE_OPTION', 'RA-TLS certificate: the format ccc holds quotes of Intel only; say cmw', {
      details: { field: 'format' }
    })
  }
  return encodeCbor({ tag: quoteTag, value: [bytes.slice(0, parseQuote(bytes).byteLength), claims] })
}

/** @throws EvidenceError ERR_ENCODING_CBOR, ERR_CERTIFICATE_FORMAT, also for another tag and for what is no quote */
export function parseCccEvidence(value: Uint8Array): CccEvidence {
  const [quote, claims, ...rest] = readTagged(value, 'evidence')
  if (!(quote instanceof Uint8Array) || !(claims instanceof Uint8Array) || rest.length > 0) {
    throw malformed('expected a quote and claims')
  }
  const found = identify(quote)
  if (found?.what !== 'evidence' || found.kind === 'snp') throw malformed('expected a quote of SGX or TDX')
  return { kind: found.kind, quote: copyBytes(quote), claims: copyBytes(claims) }
}

/**
 * The content of the extension with endorsements, after the fields of `oe_sgx_endorsements_fields_t`; undefined where evidence does not
 * ship them all.
 */
export function encodeCccEndorsements({ bytes, endorsements }: Evidence): Uint8Array | undefined {
  const [tcbInfo, qeIdentity] = [findSigned(endorsements, 'tcbInfo'), findSigned(endorsements, 'enclaveIdentity')]
  const [pckCrl, rootCrl] = [findCrl(endorsements, false), findCrl(endorsements, true)]
  if (tcbInfo === undefined || qeIdentity === undefined || pckCrl === undefined || rootCrl === undefined)
    return undefined
  const fields = [tcbInfo.json, tcbInfo.chain, pckCrl, rootCrl, issuersOf(bytes), qeIdentity.json, qeIdentity.chain]
  return encodeCbor({ tag: quoteTag, value: [endorsementsVersion, ...fields] })
}

/** What the extension holds, as hints for a verifier: it trusts nothing of it unproven. */
export function parseCccEndorsements(value: Uint8Array): readonly Endorsement[] {
  const [version, ...fields] = readTagged(value, 'endorsements')
  if (version !== endorsementsVersion || fields.length < 7 || fields.length > 8 || !fields.every(isBytes)) {
    throw malformed('expected endorsements of version 1')
  }
  const [tcbInfo, tcbChain, pckCrl, rootCrl, crlChain, qeIdentity, qeChain] = fields.map(withoutTerminator)
  const signed = [join(tcbChain, tcbInfo), join(qeChain, qeIdentity)]
  return [
    ...signed.map((bytes) => ({ mediaType: mediaTypes.intelCollateral, bytes })),
    ...[pckCrl, rootCrl].map((bytes) => ({ mediaType: mediaTypes.certificateList, bytes: derOf(bytes) })),
    ...[crlChain].map((bytes) => ({ mediaType: mediaTypes.certificateChain, bytes: join(bytes) }))
  ].filter(({ bytes }) => bytes.length > 0)
}

function readTagged(value: Uint8Array, what: string): readonly CborValue[] {
  const tagged = readCbor(value, what)
  if (!isCborTag(tagged) || tagged.tag !== quoteTag || !Array.isArray(tagged.value)) {
    throw malformed(`${what}: expected a list under CBOR tag ${quoteTag}`)
  }
  return tagged.value
}

function isBytes(value: CborValue): value is Uint8Array {
  return value instanceof Uint8Array
}

/** C strings come with the byte that ends them. */
function withoutTerminator(bytes: Uint8Array): Uint8Array {
  return copyBytes(bytes.at(-1) === 0 ? bytes.subarray(0, -1) : bytes)
}

function join(...parts: readonly (Uint8Array | undefined)[]): Uint8Array {
  return concatBytes(...parts.map((part) => part ?? new Uint8Array(0)))
}

function derOf(crl: Uint8Array | undefined): Uint8Array {
  if (crl === undefined || !isPem(crl)) return join(crl)
  return parsePem(crl).at(0)?.bytes ?? join()
}

interface Signed {
  readonly chain: Uint8Array
  readonly json: Uint8Array
}

/** Intel's collateral travels as the issuer chain in PEM, which has no brace, and then JSON. */
function findSigned(endorsements: readonly Endorsement[], name: string): Signed | undefined {
  for (const { mediaType, bytes } of endorsements) {
    const start = mediaType === mediaTypes.intelCollateral ? bytes.indexOf(0x7b) : -1
    const json = bytes.subarray(Math.max(start, 0))
    const head = new TextDecoder().decode(json.subarray(0, 64))
    if (start >= 0 && head.includes(`"${name}"`)) return { chain: bytes.subarray(0, start), json }
  }
  return undefined
}

function findCrl(endorsements: readonly Endorsement[], ofRoot: boolean): Uint8Array | undefined {
  const lists = endorsements.filter(({ mediaType }) => mediaType === mediaTypes.certificateList)
  return lists.find(({ bytes }) => {
    const issuer = attributeOf(parseCrl(bytes).issuer, 'commonName') ?? ''
    return / Root CA$/.test(issuer) === ofRoot
  })?.bytes
}

/** The issuers of the PCK certificate, which the quote carries: they issue its list too. */
function issuersOf(quote: Uint8Array): Uint8Array {
  const { certification } = parseQuote(quote).qe
  if (certification.kind !== 'pem') return new Uint8Array(0)
  const blocks = parsePem(certification.pem, 'CERTIFICATE').map(({ bytes }) => bytes)
  const issuers = blocks.filter((der) => parseCertificate(der).basicConstraints?.ca === true)
  return utf8(issuers.map((der) => encodePem('CERTIFICATE', der)).join(''))
}
