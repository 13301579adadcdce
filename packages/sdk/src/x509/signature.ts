// Signatures over certificates and revocation lists (RFC 5280 §4.1.1.3, §5.1.1.3). No time in here: a result holds for ever.
import { crypto } from '#crypto'
import { EvidenceError, UnavailableError } from '../core/index.js'
import { type Awaitable, type EcCurve, ecdsaSignatureFromDer, type PublicKey } from '../crypto/index.js'
import type { Certificate, SignatureAlgorithm } from './certificate.js'
import { labelOf } from './name.js'

/** Imports a DER SubjectPublicKeyInfo. Callers pass their own to keep imported keys: the import costs as much as a verification. */
export type KeyImporter = (spki: Uint8Array) => Awaitable<PublicKey>

/** Imports anew each time. */
export const importKey: KeyImporter = (spki) => crypto.importSpki(spki)

/** The part that is signed, how, and the signature. */
export interface Signed {
  readonly tbs: Uint8Array
  readonly signatureAlgorithm: SignatureAlgorithm
  readonly signature: Uint8Array
}

/**
 * Proves that `certificate` was signed with the key `issuerSpki`; nothing about names, dates or uses.
 * @throws EvidenceError ERR_CERTIFICATE_SIGNATURE, ERR_CERTIFICATE_FORMAT for an issuer key that is not accepted
 */
export async function verifyCertificateSignature(
  certificate: Certificate,
  issuerSpki: Uint8Array,
  keys: KeyImporter = importKey
): Promise<void> {
  if (await isSignedBy(certificate, issuerSpki, keys)) return
  const label = labelOf(certificate)
  throw new EvidenceError('ERR_CERTIFICATE_SIGNATURE', `certificate ${label}: not signed with the key of its issuer`)
}

/** True where the signature verifies; also false for a signature that is malformed or made for another kind of key. */
export async function isSignedBy(signed: Signed, spki: Uint8Array, keys: KeyImporter): Promise<boolean> {
  const { signatureAlgorithm: algorithm, tbs, signature } = signed
  const key = await keys(spki)
  if (algorithm.kind === 'ecdsa') return key.curve !== undefined && verifyEcdsa(signed, key, key.curve)
  if (key.algorithm !== 'rsa') return false
  if (algorithm.kind === 'rsa-pss') return crypto.verifyRsaPss(key, algorithm, tbs, signature)
  throw new UnavailableError('ERR_CRYPTO_UNSUPPORTED', 'certificate: RSA PKCS #1 v1.5 signatures are not supported')
}

function verifyEcdsa(signed: Signed, key: PublicKey, curve: EcCurve): Awaitable<boolean> {
  const signature = p1363Of(signed.signature, curve)
  const { hash } = signed.signatureAlgorithm
  return signature !== undefined && crypto.verifyEcdsa(key, hash, signed.tbs, signature)
}

function p1363Of(signature: Uint8Array, curve: EcCurve): Uint8Array | undefined {
  try {
    return ecdsaSignatureFromDer(signature, curve)
  } catch (error) {
    if (error instanceof EvidenceError) return undefined // a malformed signature is a signature that does not verify
    throw error
  }
}
