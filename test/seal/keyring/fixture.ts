// Keyrings for tests: a store, cheap sources, and one opened with any of them.
import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { copyBytes } from '../../../packages/sdk/src/core/index.js'
import { createKeyring, type Keyring, openKeyring } from '../../../packages/sdk/src/seal/keyring/index.js'
import { customKey, type KeySource } from '../../../packages/sdk/src/seal/keys/index.js'

export const storeId: Uint8Array = new Uint8Array(16).fill(7)
export const suite = 'cobblestone-256'

/** A source of no strength that answers at once: `secret` is all of it. */
export function plainSource(secret: number, survival: 'hardware' | 'durable' = 'durable', name = 'plain'): KeySource {
  const veil = (bytes: Uint8Array) => bytes.map((byte) => byte ^ secret)
  return customKey({
    name,
    survival,
    wrap: async (key, context) => Uint8Array.of(...veil(key), ...context),
    unwrap: async (wrapped, context) =>
      Buffer.compare(wrapped.subarray(32), context) === 0 ? copyBytes(veil(wrapped.subarray(0, 32))) : undefined
  })
}

export function newKeyring(keys: readonly KeySource[], options: object = {}): Promise<Keyring> {
  return createKeyring({ storeId, suite, keys, ...options })
}

export function reopen(bytes: Uint8Array, ...keys: readonly KeySource[]): Promise<Keyring> {
  return openKeyring(bytes, { storeId, suite, keys })
}

export interface Owner {
  readonly publicKey: Uint8Array
  readonly sign: (message: Uint8Array) => Uint8Array
}

export function newOwner(kind: 'ed25519' | 'P-256' | 'P-384' = 'ed25519'): Owner {
  const pair = kind === 'ed25519' ? generateKeyPairSync('ed25519') : generateKeyPairSync('ec', { namedCurve: kind })
  const publicKey = new Uint8Array(pair.publicKey.export({ format: 'der', type: 'spki' }))
  return { publicKey, sign: (message) => signAs(kind, pair.privateKey, message) }
}

function signAs(kind: string, key: KeyObject, message: Uint8Array): Uint8Array {
  const hash = { ed25519: null, 'P-256': 'sha256', 'P-384': 'sha384' }[kind]
  return new Uint8Array(sign(hash ?? null, message, { key, dsaEncoding: 'ieee-p1363' }))
}
