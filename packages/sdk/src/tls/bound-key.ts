// A signing key made in this process, which evidence can cover in place of a single connection. It never leaves the process.
import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { ecdsaSignatureFromDer } from '../crypto/index.js'
import { sha256 } from './digest.js'
import { signedDigest } from './transcript.js'

export interface BoundKey {
  /** DER SubjectPublicKeyInfo. */
  readonly spki: Uint8Array
  /** SHA-256 of `spki`. */
  readonly id: Uint8Array
  /** Signs the transcript leaf of one connection: ECDSA on P-256 with SHA-256, r ‖ s. */
  sign(leaf: Uint8Array): Uint8Array
}

export function createBoundKey(): BoundKey {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const spki = new Uint8Array(publicKey.export({ type: 'spki', format: 'der' }))
  return { spki, id: sha256(spki), sign: (leaf) => signWith(privateKey, leaf) }
}

/** Options beside the key, for the other form of the signature, would cost Node 24 as much again as the signature. */
function signWith(key: KeyObject, leaf: Uint8Array): Uint8Array {
  return ecdsaSignatureFromDer(sign('sha256', signedDigest(leaf), key), 'P-256')
}
