// The fake vendor's certificates: AMD's profiles (AMD 57230) under another name, with AMD's own algorithms.
import { constants, createPublicKey, type KeyObject, sign } from 'node:crypto'
import { promisify } from 'node:util'
import type { SnpProduct } from '../../evidence/index.js'
import {
  basicConstraintsExtension,
  buildCertificate,
  buildCrl,
  buildName,
  type CertificateTemplate,
  crlNumberExtension,
  type Extension,
  keyUsageExtension,
  type RevokedTemplate,
  type SignatureAlgorithm,
  type Signer
} from '../../x509/index.js'
import type { VendorKeys } from './rsa-keys.js'

export interface Vendor {
  readonly product: SnpProduct
  readonly organization: string
  readonly keys: VendorKeys
}

export interface Validity {
  readonly notBefore: Date
  readonly notAfter: Date
}

/** DER of the certificates of authorities. */
export interface VendorCertificates {
  readonly ark: Uint8Array
  readonly ask: Uint8Array
  readonly asvk: Uint8Array
}

/** What issues a leaf: the ASK chip keys, the ASVK cloud keys. */
export type LeafIssuer = 'ask' | 'asvk'

/** What a leaf says, beside its issuer. */
export interface LeafTemplate extends Validity {
  readonly spki: Uint8Array
  readonly extensions: readonly Extension[]
}

const vendorSignature: SignatureAlgorithm = { kind: 'rsa-pss', hash: 'sha384', saltLength: 48 }

export async function issueAuthorities(vendor: Vendor, validity: Validity): Promise<VendorCertificates> {
  const rootExtensions = [keyUsageExtension('keyCertSign', 'cRLSign'), basicConstraintsExtension(true)]
  const intermediateExtensions = [basicConstraintsExtension(true, 0), keyUsageExtension('keyCertSign')]
  const [ark, ask, asvk] = await Promise.all([
    issueAuthority(vendor, 'ark', { ...validity, extensions: rootExtensions }),
    issueAuthority(vendor, 'ask', { ...validity, extensions: intermediateExtensions }),
    issueAuthority(vendor, 'asvk', { ...validity, extensions: intermediateExtensions })
  ])
  return { ark, ask, asvk }
}

/** One certificate of an authority, signed by the root. */
export function issueAuthority(
  vendor: Vendor,
  role: keyof VendorKeys,
  { extensions, ...validity }: Omit<LeafTemplate, 'spki'>
): Promise<Uint8Array> {
  const template: CertificateTemplate = {
    ...validity,
    extensions,
    serialNumber: authoritySerial(vendor.product, role),
    issuer: authorityName(vendor, 'ark'),
    subject: authorityName(vendor, role),
    spki: spkiOf(vendor.keys[role]),
    signatureAlgorithm: vendorSignature
  }
  return buildCertificate(template, signWith(vendor.keys.ark))
}

export function issueLeaf(vendor: Vendor, issuer: LeafIssuer, leaf: LeafTemplate): Promise<Uint8Array> {
  const template: CertificateTemplate = {
    ...leaf,
    serialNumber: 0,
    issuer: authorityName(vendor, issuer),
    subject: vendorName(vendor, issuer === 'ask' ? 'SEV-VCEK' : 'SEV-VLEK'),
    signatureAlgorithm: vendorSignature
  }
  return buildCertificate(template, signWith(vendor.keys[issuer]))
}

/** The list of revoked authorities, signed by the root. */
export function issueCrl(
  vendor: Vendor,
  validity: Validity,
  revoked: readonly RevokedTemplate[] = []
): Promise<Uint8Array> {
  const template = {
    issuer: authorityName(vendor, 'ark'),
    thisUpdate: validity.notBefore,
    nextUpdate: validity.notAfter,
    revoked,
    signatureAlgorithm: vendorSignature,
    extensions: [crlNumberExtension(1)]
  }
  return buildCrl(template, signWith(vendor.keys.ark))
}

/** Serial numbers as AMD counts: product, then role. */
export function authoritySerial(product: SnpProduct, role: keyof VendorKeys): number {
  const base = { Milan: 0x01_0000, Genoa: 0x02_0000, Turin: 0x03_0000 }[product]
  return base + { ark: 0, ask: 1, asvk: 2 }[role]
}

/** DER SubjectPublicKeyInfo of a private key. */
export function spkiOf(key: KeyObject): Uint8Array {
  return new Uint8Array(createPublicKey(key).export({ type: 'spki', format: 'der' }))
}

function authorityName(vendor: Vendor, role: keyof VendorKeys): Uint8Array {
  return vendorName(vendor, `${{ ark: 'ARK', ask: 'SEV', asvk: 'SEV-VLEK' }[role]}-${vendor.product}`)
}

function vendorName({ organization }: Vendor, commonName: string): Uint8Array {
  return buildName({
    organizationalUnitName: 'Engineering',
    countryName: 'US',
    localityName: 'Santa Clara',
    stateOrProvinceName: 'CA',
    organizationName: organization,
    commonName
  })
}

function signWith(key: KeyObject): Signer {
  const options = { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 48 }
  return async (tbs) => new Uint8Array(await promisify(sign)('sha384', tbs, options))
}
