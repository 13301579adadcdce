// Certificates with any evidence in any form, on a key of the test.
import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { encodeCbor } from '../../../packages/sdk/src/encoding/cbor-encode.js'
import { type CborValue, derOctetString } from '../../../packages/sdk/src/encoding/index.js'
import { encodePem } from '../../../packages/sdk/src/encoding/pem.js'
import { claimsReportData, encodeClaims } from '../../../packages/sdk/src/tls/ra-tls/claims.js'
import {
  basicConstraintsExtension,
  buildName,
  type Extension,
  encodeTbsCertificate,
  sealCertificate
} from '../../../packages/sdk/src/x509/index.js'

export const oids = { ccc: '2.23.133.5.4.9', endorsements: '2.23.133.5.4.2', cmw: '1.3.6.1.5.5.7.1.35' } as const

const hourMs = 3_600_000
const second = (ms: number): Date => new Date(Math.floor(ms / 1000) * 1000)

export const validity = { notBefore: second(Date.now() - hourMs), notAfter: second(Date.now() + hourMs) }
export const expired = { notBefore: second(Date.now() - 2 * hourMs), notAfter: second(Date.now() - hourMs) }

/** A key that an attacker may have. */
export interface Key {
  readonly privateKey: KeyObject
  readonly spki: Uint8Array
}

export function makeKey(): Key {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return { privateKey, spki: new Uint8Array(publicKey.export({ type: 'spki', format: 'der' })) }
}

export interface Forged {
  readonly der: Uint8Array
  readonly key: string
  readonly cert: string
}

export function forge(key: Key, extensions: readonly Extension[], dates = validity, signer: Key = key): Forged {
  const name = buildName({ commonName: 'forged' })
  const signatureAlgorithm = { kind: 'ecdsa', hash: 'sha256' } as const
  const tbs = encodeTbsCertificate({
    serialNumber: 1,
    issuer: name,
    subject: name,
    ...dates,
    spki: key.spki,
    signatureAlgorithm,
    extensions: [basicConstraintsExtension(false), ...extensions]
  })
  const der = sealCertificate(tbs, signatureAlgorithm, sign('sha256', tbs, signer.privateKey))
  const pem = key.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  return { der, key: pem, cert: encodePem('CERTIFICATE', der) }
}

export function extension(oid: string, value: Uint8Array, critical = false): Extension {
  return { oid, critical, value }
}

/** The extension of CCC with this quote and these claims. */
export function ccc(quote: Uint8Array, claims: Uint8Array, tag = 60_000): Extension {
  return extension(oids.ccc, encodeCbor({ tag, value: [quote, claims] }))
}

export function cmw(bytes: Uint8Array): Extension {
  return extension(oids.cmw, derOctetString(bytes))
}

/** Claims as Gramine makes them: the key, and nothing about dates. */
export function claimsOf(key: Key, more: { readonly nonce?: Uint8Array } = {}): Uint8Array {
  return encodeClaims({ spki: key.spki, ...more })
}

export function claimsFrom(entries: readonly [string, CborValue][]): Uint8Array {
  return encodeCbor(new Map(entries))
}

export { claimsReportData }
