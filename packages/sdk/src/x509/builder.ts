// Builds certificates and revocation lists (RFC 5280 §4.1, §5.1) for tests and simulators. The caller signs: no key comes here.
import { UsageError } from '../core/index.js'
import type { Awaitable } from '../crypto/index.js'
import {
  derBitString,
  derBoolean,
  derExplicit,
  derInteger,
  derOctetString,
  derOid,
  derPrintableString,
  derSequence,
  derSet,
  derTime,
  derUtf8String
} from '../encoding/index.js'
import type { Extension, KeyUsage, SignatureAlgorithm } from './certificate.js'
import { extensionOid, keyUsages } from './extensions.js'
import { type NameAttribute, oidOfAttribute } from './name.js'
import { encodeSignatureAlgorithm } from './signature-algorithm.js'

/** Signs the bytes; for ECDSA the result is a DER SEQUENCE of r and s. */
export type Signer = (tbs: Uint8Array) => Awaitable<Uint8Array>

export interface CertificateTemplate {
  /** An INTEGER from a number, or from big-endian bytes that are read as unsigned. */
  readonly serialNumber: number | bigint | Uint8Array
  /** DER Names: see `buildName`. */
  readonly issuer: Uint8Array
  readonly subject: Uint8Array
  readonly notBefore: Date
  readonly notAfter: Date
  /** DER SubjectPublicKeyInfo. */
  readonly spki: Uint8Array
  readonly signatureAlgorithm: SignatureAlgorithm
  readonly extensions?: readonly Extension[]
}

export interface CrlTemplate {
  readonly issuer: Uint8Array
  readonly thisUpdate: Date
  readonly nextUpdate?: Date
  readonly revoked: readonly RevokedTemplate[]
  readonly signatureAlgorithm: SignatureAlgorithm
  readonly extensions?: readonly Extension[]
}

export interface RevokedTemplate {
  readonly serialNumber: number | bigint | Uint8Array
  readonly revocationDate: Date
  readonly extensions?: readonly Extension[]
}

/** DER of a signed certificate of version 3. */
export async function buildCertificate(template: CertificateTemplate, sign: Signer): Promise<Uint8Array> {
  const tbs = encodeTbsCertificate(template)
  return sealCertificate(tbs, template.signatureAlgorithm, await sign(tbs))
}

/** What the signature of a certificate covers: for signers that cannot wait. */
export function encodeTbsCertificate(template: CertificateTemplate): Uint8Array {
  return derSequence(
    derExplicit(0, derInteger(2)),
    derInteger(template.serialNumber),
    encodeSignatureAlgorithm(template.signatureAlgorithm),
    template.issuer,
    derSequence(derTime(template.notBefore), derTime(template.notAfter)),
    template.subject,
    template.spki,
    ...encodeExtensions(template.extensions, 3)
  )
}

/** The certificate, from what was signed and the signature over it. */
export function sealCertificate(tbs: Uint8Array, algorithm: SignatureAlgorithm, signature: Uint8Array): Uint8Array {
  return derSequence(tbs, encodeSignatureAlgorithm(algorithm), derBitString(signature))
}

/** DER of a signed revocation list of version 2. */
export async function buildCrl(template: CrlTemplate, sign: Signer): Promise<Uint8Array> {
  const revoked = template.revoked.map(encodeRevoked)
  const tbs = derSequence(
    derInteger(1),
    encodeSignatureAlgorithm(template.signatureAlgorithm),
    template.issuer,
    derTime(template.thisUpdate),
    ...(template.nextUpdate === undefined ? [] : [derTime(template.nextUpdate)]),
    ...(revoked.length === 0 ? [] : [derSequence(...revoked)]),
    ...encodeExtensions(template.extensions, 0)
  )
  return sealCertificate(tbs, template.signatureAlgorithm, await sign(tbs))
}

/** DER of a Name: one attribute per relative name, in the order given; the country as PrintableString, the rest as UTF8String. */
export function buildName(attributes: Readonly<Partial<Record<NameAttribute, string>>>): Uint8Array {
  const names = Object.entries(attributes) as [NameAttribute, string][] // the keys of the record, by its type
  return derSequence(...names.map(([attribute, value]) => derSet(encodeAttribute(attribute, value))))
}

export function basicConstraintsExtension(ca: boolean, pathLength?: number): Extension {
  const fields = [...(ca ? [derBoolean(true)] : []), ...(pathLength === undefined ? [] : [derInteger(pathLength)])]
  return { oid: extensionOid.basicConstraints, critical: true, value: derSequence(...fields) }
}

export function keyUsageExtension(...uses: readonly KeyUsage[]): Extension {
  if (uses.length === 0) throw new UsageError('ERR_USAGE_OPTION', 'keyUsage: expected at least one use')
  const bits = uses.map((use) => keyUsages.indexOf(use))
  const last = Math.max(...bits)
  const bytes = new Uint8Array((last >> 3) + 1)
  for (const bit of bits) bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) | (0x80 >> (bit & 7))
  return { oid: extensionOid.keyUsage, critical: true, value: derBitString(bytes, 7 - (last & 7)) }
}

export function crlNumberExtension(number: number | bigint): Extension {
  return { oid: extensionOid.crlNumber, critical: false, value: derInteger(number) }
}

function encodeExtensions(extensions: readonly Extension[] | undefined, tag: number): readonly Uint8Array[] {
  if (extensions === undefined || extensions.length === 0) return []
  return [derExplicit(tag, encodeExtensionList(extensions))]
}

function encodeExtensionList(extensions: readonly Extension[]): Uint8Array {
  return derSequence(...extensions.map(encodeExtension))
}

function encodeExtension({ oid, critical, value }: Extension): Uint8Array {
  return derSequence(derOid(oid), ...(critical ? [derBoolean(true)] : []), derOctetString(value))
}

function encodeRevoked({ serialNumber, revocationDate, extensions = [] }: RevokedTemplate): Uint8Array {
  const list = extensions.length === 0 ? [] : [encodeExtensionList(extensions)]
  return derSequence(derInteger(serialNumber), derTime(revocationDate), ...list)
}

function encodeAttribute(attribute: NameAttribute, value: string): Uint8Array {
  const text = attribute === 'countryName' ? derPrintableString(value) : derUtf8String(value)
  return derSequence(derOid(oidOfAttribute(attribute)), text)
}
