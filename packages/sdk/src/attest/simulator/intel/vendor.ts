// The fake Intel: its authorities, and everything that they sign. Profiles and algorithms are Intel's own
// (Intel SGX PCK Certificate and Certificate Revocation List Profile, revision 1.5), the keys are not.
import { createHash, type KeyObject, sign } from 'node:crypto'
import { promisify } from 'node:util'
import {
  basicConstraintsExtension,
  buildCertificate,
  buildCrl,
  buildName,
  crlNumberExtension,
  type Extension,
  keyUsageExtension,
  type RevokedTemplate,
  type SignatureAlgorithm,
  type Signer
} from '../../../x509/index.js'
import { spkiOf, type Validity } from '../vendor.js'
import { authorityKeyExtension, crlPointExtension, subjectKeyExtension } from './extensions.js'
import { deriveP256Key } from './p256-key.js'

/** Who signs in Intel's hierarchy, beside the platforms themselves. */
export type IntelRole = 'root' | 'platformCa' | 'processorCa' | 'tcbSigning'

/** Which of the two authorities certifies a platform: several packages with a registration service, or one. */
export type PckCa = 'platform' | 'processor'

export interface IntelVendor {
  readonly organization: string
  readonly keys: Readonly<Record<IntelRole, KeyObject>>
  /** Where its certificates say that revocation lists are. */
  readonly crlUrls: Readonly<Record<'root' | PckCa, string>>
}

const commonNames: Readonly<Record<IntelRole, string>> = {
  root: 'Intel SGX Root CA',
  platformCa: 'Intel SGX PCK Platform CA',
  processorCa: 'Intel SGX PCK Processor CA',
  tcbSigning: 'Intel SGX TCB Signing'
}

export const ecdsaSha256: SignatureAlgorithm = { kind: 'ecdsa', hash: 'sha256' }

/** The vendor whose keys follow from `secret`. */
export function createIntelVendor(
  secret: Uint8Array,
  organization: string,
  crlUrls: IntelVendor['crlUrls']
): IntelVendor {
  const keyOf = (role: IntelRole): KeyObject => deriveP256Key(secret, role)
  const keys = {
    root: keyOf('root'),
    platformCa: keyOf('platformCa'),
    processorCa: keyOf('processorCa'),
    tcbSigning: keyOf('tcbSigning')
  }
  return { organization, keys, crlUrls }
}

export function caRoleOf(ca: PckCa): 'platformCa' | 'processorCa' {
  return ca === 'platform' ? 'platformCa' : 'processorCa'
}

export interface AuthorityTemplate extends Validity {
  /** In place of those of the profile. */
  readonly extensions?: readonly Extension[]
  /** In place of the root's. */
  readonly signingKey?: KeyObject
}

/** The certificate of an authority, by the root. */
export function issueIntelAuthority(
  vendor: IntelVendor,
  role: IntelRole,
  { extensions, signingKey = vendor.keys.root, ...validity }: AuthorityTemplate
): Promise<Uint8Array> {
  const spki = spkiOf(vendor.keys[role])
  const template = {
    ...validity,
    serialNumber: authoritySerialOf(vendor, role),
    issuer: nameOfRole(vendor, 'root'),
    subject: nameOfRole(vendor, role),
    spki,
    signatureAlgorithm: ecdsaSha256,
    extensions: extensions ?? authorityExtensions(vendor, role)
  }
  return buildCertificate(template, signWithP256(signingKey))
}

function authorityExtensions(vendor: IntelVendor, role: IntelRole): readonly Extension[] {
  return [
    authorityKeyExtension(keyIdOf(vendor.keys.root)),
    crlPointExtension(vendor.crlUrls.root),
    subjectKeyExtension(keyIdOf(vendor.keys[role])),
    role === 'tcbSigning' ? signerUse : keyUsageExtension('keyCertSign', 'cRLSign'),
    role === 'tcbSigning' ? basicConstraintsExtension(false) : basicConstraintsExtension(true, role === 'root' ? 1 : 0)
  ]
}

/** Key usage of everything that is no authority. */
export const signerUse: Extension = keyUsageExtension('digitalSignature', 'nonRepudiation')

export interface IntelCrlTemplate extends Validity {
  readonly revoked?: readonly RevokedTemplate[]
  readonly signingKey?: KeyObject
}

/** The list of what `issuer` has revoked. */
export function issueIntelCrl(
  vendor: IntelVendor,
  issuer: 'root' | 'platformCa' | 'processorCa',
  { notBefore, notAfter, revoked = [], signingKey = vendor.keys[issuer] }: IntelCrlTemplate
): Promise<Uint8Array> {
  const template = {
    issuer: nameOfRole(vendor, issuer),
    thisUpdate: notBefore,
    nextUpdate: notAfter,
    revoked,
    signatureAlgorithm: ecdsaSha256,
    extensions: [crlNumberExtension(1), authorityKeyExtension(keyIdOf(vendor.keys[issuer]))]
  }
  return buildCrl(template, signWithP256(signingKey))
}

/** Intel numbers its authorities by the identifiers of their keys. */
export function authoritySerialOf(vendor: IntelVendor, role: IntelRole): Uint8Array {
  return keyIdOf(vendor.keys[role])
}

export function nameOfRole(vendor: IntelVendor, role: IntelRole): Uint8Array {
  return intelName(vendor, commonNames[role])
}

export function intelName({ organization }: IntelVendor, commonName: string): Uint8Array {
  return buildName({
    commonName,
    organizationName: organization,
    localityName: 'Santa Clara',
    stateOrProvinceName: 'CA',
    countryName: 'US'
  })
}

/** SHA-1 of the public point (RFC 5280 §4.2.1.2), which is a name here and protects nothing. */
export function keyIdOf(key: KeyObject): Uint8Array {
  return new Uint8Array(createHash('sha1').update(spkiOf(key).subarray(-65)).digest())
}

export function signWithP256(key: KeyObject): Signer {
  return async (tbs) => new Uint8Array(await promisify(sign)('sha256', tbs, key))
}
