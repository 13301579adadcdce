// The public keys of TLS certificates, as transcripts name them.
import type { X509Certificate } from 'node:crypto'
import { DerReader, derTag, explicitTag } from '../encoding/index.js'
import { sha256 } from './digest.js'

/** A certificate, with what a socket needs to go on showing it. */
export interface KnownCertificate {
  /** SHA-256 of its SubjectPublicKeyInfo. */
  readonly keyHash: Uint8Array
  /** The certificate itself. */
  readonly der: Uint8Array
  /** Methods of a TLSSocket, the same for all connections that show this certificate. */
  readonly readers: { getPeerX509Certificate(): X509Certificate; getPeerCertificate(): unknown }
}

/** Remembers certificates: a service has few, and reading one costs more than looking it up. */
export class CertificateKeys {
  readonly #known = new Map<string, KnownCertificate>()

  find(certificate: X509Certificate): KnownCertificate {
    const { fingerprint256 } = certificate
    const found = this.#known.get(fingerprint256)
    if (found !== undefined) return found
    const known = know(certificate)
    const [oldest] = this.#known.keys()
    if (this.#known.size >= maxKeys && oldest !== undefined) this.#known.delete(oldest)
    this.#known.set(fingerprint256, known)
    return known
  }
}

function know(certificate: X509Certificate): KnownCertificate {
  return {
    keyHash: sha256(spkiOf(certificate.raw)),
    der: certificate.raw,
    readers: {
      getPeerX509Certificate: () => certificate,
      getPeerCertificate: () => certificate.toLegacyObject()
    }
  }
}

const maxKeys = 64

/** The bytes of SubjectPublicKeyInfo as they stand in a certificate (RFC 5280 §4.1), whatever else is in it: TLS has judged that. */
function spkiOf(der: Uint8Array): Uint8Array {
  const tbs = DerReader.of(der, 'TLS certificate').sequence('Certificate').sequence('tbsCertificate')
  if (tbs.isNext(explicitTag(0))) tbs.element('version')
  for (const field of ['serialNumber', 'signature', 'issuer', 'validity', 'subject']) tbs.element(field)
  return tbs.element('subjectPublicKeyInfo', derTag.sequence)
}
