// A certificate authority of a test, and a server certificate of it.
import { createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { derImplicit, derSequence } from '../../packages/sdk/src/encoding/index.js'
import { encodePem } from '../../packages/sdk/src/encoding/pem.js'
import {
  basicConstraintsExtension,
  buildName,
  type Extension,
  encodeTbsCertificate,
  keyUsageExtension,
  sealCertificate
} from '../../packages/sdk/src/x509/index.js'

export interface TestAuthority {
  /** PEM. */
  readonly ca: string
  /** A key and a certificate for `localhost` and 127.0.0.1. */
  readonly server: { readonly key: string; readonly cert: string }
}

const algorithm = { kind: 'ecdsa', hash: 'sha256' } as const

export function createAuthority(): TestAuthority {
  const [issuer, subject] = [makeKey(), makeKey()]
  const caName = buildName({ commonName: 'test authority' })
  const ca = issue(issuer, caName, caName, issuer, [basicConstraintsExtension(true), keyUsageExtension('keyCertSign')])
  const cert = issue(issuer, caName, buildName({ commonName: 'localhost' }), subject, [
    basicConstraintsExtension(false),
    subjectAltNames()
  ])
  return { ca, server: { key: subject.export({ type: 'pkcs8', format: 'pem' }).toString(), cert } }
}

function issue(
  signer: KeyObject,
  issuer: Uint8Array,
  subject: Uint8Array,
  key: KeyObject,
  extensions: readonly Extension[]
): string {
  const now = Date.now()
  const [notBefore, notAfter] = [new Date(now - 3_600_000), new Date(now + 86_400_000)]
  const spki = new Uint8Array(publicOf(key))
  const tbs = encodeTbsCertificate({
    serialNumber: now,
    issuer,
    subject,
    notBefore,
    notAfter,
    spki,
    signatureAlgorithm: algorithm,
    extensions
  })
  return encodePem('CERTIFICATE', sealCertificate(tbs, algorithm, sign('sha256', tbs, signer)))
}

function makeKey(): KeyObject {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
}

function publicOf(key: KeyObject): Buffer {
  return createPublicKey(key).export({ type: 'spki', format: 'der' })
}

/** dNSName and iPAddress (RFC 5280 §4.2.1.6). */
function subjectAltNames(): Extension {
  const names = [derImplicit(2, Buffer.from('localhost')), derImplicit(7, Uint8Array.of(127, 0, 0, 1))]
  return { oid: '2.5.29.17', critical: false, value: derSequence(...names) }
}
