// A TLS certificate for servers that bring none. It proves nothing, which is why clients must say `trust: 'evidence-only'` for it.
import { generateKeyPairSync, randomBytes, sign } from 'node:crypto'
import { encodePem } from '../encoding/pem.js'
import {
  basicConstraintsExtension,
  buildName,
  encodeTbsCertificate,
  keyUsageExtension,
  sealCertificate
} from '../x509/index.js'

export interface TlsCredentials {
  /** PEM, PKCS #8. Made in this process, never written anywhere. */
  readonly key: string
  /** PEM. */
  readonly cert: string
}

const hourMs = 3_600_000
const lifetimeMs: number = 10 * 365 * 24 * hourMs

/** A self-signed certificate on a new P-256 key. */
export function createCredentials(now: Date): TlsCredentials {
  const name = buildName({ commonName: 'tresor attested TLS' })
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const tbs = encodeTbsCertificate({
    serialNumber: randomBytes(16),
    issuer: name,
    subject: name,
    notBefore: new Date(now.getTime() - hourMs),
    notAfter: new Date(now.getTime() + lifetimeMs),
    spki: new Uint8Array(publicKey.export({ type: 'spki', format: 'der' })),
    signatureAlgorithm,
    extensions: [basicConstraintsExtension(false), keyUsageExtension('digitalSignature')]
  })
  const certificate = sealCertificate(tbs, signatureAlgorithm, sign('sha256', tbs, privateKey))
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    cert: encodePem('CERTIFICATE', certificate)
  }
}

const signatureAlgorithm = { kind: 'ecdsa', hash: 'sha256' } as const
