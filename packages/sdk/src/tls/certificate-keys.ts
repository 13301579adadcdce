// The public keys of TLS certificates, as transcripts name them.
import { DerReader, derTag, explicitTag } from '../encoding/index.js'
import { sha256 } from './digest.js'

/** Remembers the keys of certificates: a service has few, and reading one costs more than looking it up. */
export class CertificateKeys {
  readonly #hashes = new Map<string, Uint8Array>()

  hashOf(certificate: { readonly fingerprint256: string; readonly raw: Uint8Array }): Uint8Array {
    const known = this.#hashes.get(certificate.fingerprint256)
    if (known !== undefined) return known
    const hash = sha256(spkiOf(certificate.raw))
    const [oldest] = this.#hashes.keys()
    if (this.#hashes.size >= maxKeys && oldest !== undefined) this.#hashes.delete(oldest)
    this.#hashes.set(certificate.fingerprint256, hash)
    return hash
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
