// A certification authority of our own, on WebCrypto so that it works in Node and in browsers. Keys live for one test run.
import { derInteger, derSequence } from '../../packages/sdk/src/encoding/index.js'
import {
  basicConstraintsExtension,
  buildCertificate,
  buildCrl,
  buildName,
  type Certificate,
  type CertificateTemplate,
  type CrlTemplate,
  crlNumberExtension,
  type Extension,
  keyUsageExtension,
  parseCertificate,
  type SignatureAlgorithm,
  type Signer
} from '../../packages/sdk/src/x509/index.js'
import { type Crl, parseCrl } from '../../packages/sdk/src/x509/parse-crl.js'

export interface Key {
  readonly spki: Uint8Array
  readonly signatureAlgorithm: SignatureAlgorithm
  readonly sign: Signer
}

export const now = new Date('2026-06-01T00:00:00Z')
const notBefore = new Date('2026-01-01T00:00:00Z')
const notAfter = new Date('2027-01-01T00:00:00Z')

export async function createEcKey(curve: 'P-256' | 'P-384' = 'P-384'): Promise<Key> {
  const hash = curve === 'P-384' ? 'sha384' : 'sha256'
  const parameters = { name: 'ECDSA', namedCurve: curve, hash: `SHA-${hash.slice(3)}` }
  const pair = await globalThis.crypto.subtle.generateKey(parameters, true, ['sign', 'verify'])
  const sign = async (tbs: Uint8Array) => {
    const signature = await signWith(parameters, pair.privateKey, tbs)
    const half = signature.length / 2
    return derSequence(derInteger(signature.slice(0, half)), derInteger(signature.slice(half)))
  }
  return { spki: await exportSpki(pair), signatureAlgorithm: { kind: 'ecdsa', hash }, sign }
}

/** As AMD signs, but shorter: PSS with SHA-384 and a salt of 48 bytes. */
export async function createRsaKey(): Promise<Key> {
  const parameters = { name: 'RSA-PSS', hash: 'SHA-384', saltLength: 48 }
  const size = { modulusLength: 2048, publicExponent: Uint8Array.of(1, 0, 1) }
  const pair = await globalThis.crypto.subtle.generateKey({ ...parameters, ...size }, true, ['sign', 'verify'])
  return {
    spki: await exportSpki(pair),
    signatureAlgorithm: { kind: 'rsa-pss', hash: 'sha384', saltLength: 48 },
    sign: (tbs) => signWith(parameters, pair.privateKey, tbs)
  }
}

export const name = (commonName: string): Uint8Array => buildName({ organizationName: 'Test', commonName })

export const caExtensions = (pathLength?: number): readonly Extension[] => [
  basicConstraintsExtension(true, pathLength),
  keyUsageExtension('keyCertSign', 'cRLSign')
]

/** A certificate for `subjectKey`, signed by `issuerKey`; the rest may be replaced. */
export async function issue(
  subject: string,
  subjectKey: Key,
  issuer: string,
  issuerKey: Key,
  changes: Partial<CertificateTemplate> = {}
): Promise<Certificate> {
  const template = {
    serialNumber: 1,
    issuer: name(issuer),
    subject: name(subject),
    notBefore,
    notAfter,
    spki: subjectKey.spki,
    signatureAlgorithm: issuerKey.signatureAlgorithm,
    ...changes
  }
  return parseCertificate(await buildCertificate(template, issuerKey.sign))
}

export async function revoke(
  issuer: string,
  issuerKey: Key,
  serialNumbers: readonly number[],
  changes: Partial<CrlTemplate> = {}
): Promise<Crl> {
  const template = {
    issuer: name(issuer),
    thisUpdate: notBefore,
    nextUpdate: notAfter,
    revoked: serialNumbers.map((serialNumber) => ({ serialNumber, revocationDate: notBefore })),
    signatureAlgorithm: issuerKey.signatureAlgorithm,
    extensions: [crlNumberExtension(1)],
    ...changes
  }
  return parseCrl(await buildCrl(template, issuerKey.sign))
}

async function signWith(parameters: object & { name: string }, key: CryptoKey, tbs: Uint8Array): Promise<Uint8Array> {
  return new Uint8Array(await globalThis.crypto.subtle.sign(parameters, key, new Uint8Array(tbs)))
}

async function exportSpki(pair: CryptoKeyPair): Promise<Uint8Array> {
  return new Uint8Array(await globalThis.crypto.subtle.exportKey('spki', pair.publicKey))
}
