// ECDSA (FIPS 186-5 §6.4.2) where there is no WebCrypto. The only file that calls noble's ECDSA, because its default refuses
// half of all valid signatures: those of X.509, SNP, TDX and COSE may have a high s.
import { p256, p384 } from '@noble/curves/nist.js'
import { EvidenceError } from '../../core/index.js'
import type { HashName } from '../door.js'
import type { EcSpki } from '../spki.js'
import { hashBytesOf } from './sha2.js'

const curves = { 'P-256': p256, 'P-384': p384 } as const

/** @throws EvidenceError ERR_CERTIFICATE_FORMAT for a point that is not on the curve */
export function importPoint(key: EcSpki): (hash: HashName, data: Uint8Array, signature: Uint8Array) => boolean {
  const curve = curves[key.curve]
  try {
    curve.Point.fromBytes(key.point).assertValidity()
  } catch (cause) {
    throw new EvidenceError('ERR_CERTIFICATE_FORMAT', 'public key: the point is not on the curve', { cause })
  }
  return (hash, data, signature) =>
    curve.verify(signature, hashBytesOf(hash, data), key.point, { prehash: false, lowS: false, format: 'compact' })
}
