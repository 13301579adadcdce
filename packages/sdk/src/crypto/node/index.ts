// The door on node:crypto. Nearly everything is synchronous; callers await it all the same.
import { constants, hash, type KeyObject, randomFillSync, verify } from 'node:crypto'
import type { Awaitable, CryptoDoor, HashName, PublicKey } from '../door.js'
import { isPssShape } from '../rsa-pss.js'
import { curveBytes } from '../spki.js'
import { ecdsaSignatureToDer } from './ecdsa-to-der.js'
import { type ImportedKey, importKey } from './import-key.js'

export const crypto: CryptoDoor = {
  name: 'node',
  hash: hashBytesOf,
  hashHex: (name, data) => hash(name, data, 'hex'),
  importSpki,
  verifyEcdsa,
  verifyRsaPss,
  randomBytes: (length) => randomFillSync(new Uint8Array(length))
}

/** `bytes`: of r ‖ s for EC, of the modulus for RSA. Both are the only length that a signature may have. */
class NodeKey {
  readonly key: KeyObject
  readonly bytes: number

  constructor({ key, parsed }: ImportedKey) {
    this.key = key
    this.bytes = parsed.algorithm === 'rsa' ? parsed.modulus.length : 2 * curveBytes[parsed.curve]
  }
}

function hashBytesOf(name: HashName, data: Uint8Array): Uint8Array {
  const digest = hash(name, data, 'buffer')
  return new Uint8Array(digest.buffer, digest.byteOffset, digest.length)
}

function importSpki(spki: Uint8Array): Awaitable<PublicKey> {
  const imported = importKey(spki)
  return imported instanceof Promise ? imported.then(publicKeyOf) : publicKeyOf(imported)
}

function publicKeyOf(imported: ImportedKey): PublicKey {
  const { parsed } = imported
  const handle = new NodeKey(imported)
  return parsed.algorithm === 'rsa' ? { algorithm: 'rsa', handle } : { algorithm: 'ecdsa', curve: parsed.curve, handle }
}

function verifyEcdsa(key: PublicKey, hashName: HashName, data: Uint8Array, signature: Uint8Array): boolean {
  const { handle } = key
  if (key.algorithm !== 'ecdsa' || !(handle instanceof NodeKey) || signature.length !== handle.bytes) return false
  return verify(hashName, data, handle.key, ecdsaSignatureToDer(signature))
}

function verifyRsaPss(
  key: PublicKey,
  options: { readonly hash: HashName; readonly saltLength: number },
  data: Uint8Array,
  signature: Uint8Array
): boolean {
  const { handle } = key
  if (key.algorithm !== 'rsa' || !(handle instanceof NodeKey)) return false
  if (!isPssShape(handle.bytes, options.hash, options.saltLength, signature)) return false
  const { RSA_PKCS1_PSS_PADDING: padding } = constants
  return verify(options.hash, data, withOptions(handle.key, { padding, saltLength: options.saltLength }), signature)
}

/** Options are looked for on whatever is given as the key, and a key is found 20 µs sooner (Node 24) than one inside an object. */
function withOptions(key: KeyObject, options: { readonly padding: number; readonly saltLength: number }): KeyObject {
  return Object.assign(key, options)
}
