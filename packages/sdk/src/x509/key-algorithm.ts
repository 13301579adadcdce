// Which kind of key a SubjectPublicKeyInfo holds (RFC 5480 §2.1, RFC 3279 §2.3.1). The key itself is the crypto room's matter.
import { EvidenceError } from '../core/index.js'
import type { EcCurve } from '../crypto/index.js'
import { DerReader } from '../encoding/index.js'

export type KeyAlgorithm = { readonly kind: 'ec'; readonly curve: EcCurve } | { readonly kind: 'rsa' }

/** @throws EvidenceError ERR_ENCODING_DER, ERR_CERTIFICATE_FORMAT for another algorithm or curve */
export function parseKeyAlgorithm(spki: Uint8Array): KeyAlgorithm {
  const outer = DerReader.over(spki, 'public key')
  const algorithm = outer.sequence('SubjectPublicKeyInfo').sequence('algorithm')
  outer.end()
  const oid = algorithm.oid('algorithm')
  if (oid === '1.2.840.113549.1.1.1') return { kind: 'rsa' }
  const curve = oid === '1.2.840.10045.2.1' ? algorithm.oid('namedCurve') : ''
  if (curve === '1.3.132.0.34') return { kind: 'ec', curve: 'P-384' }
  if (curve === '1.2.840.10045.3.1.7') return { kind: 'ec', curve: 'P-256' }
  throw new EvidenceError('ERR_CERTIFICATE_FORMAT', `public key: algorithm ${oid} ${curve} is not accepted`)
}
