// The key of a store's owner, who says which image comes next: Ed25519 (RFC 8032), or ECDSA on P-256 or P-384 with the hash of that size.
import { createPublicKey, type KeyObject, verify } from 'node:crypto'
import { equalBytes, UsageError } from '../../core/index.js'

export const maxOwnerKeyBytes = 160

interface Algorithm {
  readonly hash: 'sha256' | 'sha384' | null
  readonly signatureBytes: number
}

/**
 * Refuses what is no DER SubjectPublicKeyInfo of such a key, in the one encoding that it has.
 * @throws UsageError ERR_USAGE_OPTION
 */
export function expectOwnerKey(spki: Uint8Array): Uint8Array {
  const isBytes = spki instanceof Uint8Array && spki.length <= maxOwnerKeyBytes
  if (!isBytes || importOwnerKey(spki) === undefined) {
    throw new UsageError(
      'ERR_USAGE_OPTION',
      'ownerKey: expected SubjectPublicKeyInfo in DER of Ed25519, P-256 or P-384'
    )
  }
  return new Uint8Array(spki)
}

/** True for a signature of that key; ECDSA as r ‖ s. */
export function isSignedByOwner(spki: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  const owner = importOwnerKey(spki)
  if (owner === undefined || signature.length !== owner.algorithm.signatureBytes) return false
  return verify(owner.algorithm.hash, message, { key: owner.key, dsaEncoding: 'ieee-p1363' }, signature)
}

function importOwnerKey(spki: Uint8Array): { readonly key: KeyObject; readonly algorithm: Algorithm } | undefined {
  try {
    const key = createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' })
    const algorithm = algorithmOf(key)
    const isCanonical = equalBytes(key.export({ format: 'der', type: 'spki' }), spki)
    return algorithm !== undefined && isCanonical ? { key, algorithm } : undefined
  } catch {
    return undefined // OpenSSL reads no key in it
  }
}

function algorithmOf(key: KeyObject): Algorithm | undefined {
  if (key.asymmetricKeyType === 'ed25519') return { hash: null, signatureBytes: 64 }
  if (key.asymmetricKeyType !== 'ec') return undefined
  switch (key.asymmetricKeyDetails?.namedCurve) {
    case 'prime256v1':
      return { hash: 'sha256', signatureBytes: 64 }
    case 'secp384r1':
      return { hash: 'sha384', signatureBytes: 96 }
    default:
      return undefined
  }
}
