// The key of one epoch, and what is derived from it. Each use has a label of its own (HKDF-Expand, RFC 5869 §2.3, with SHA-512); the key
// itself encrypts nothing.
import { createHash, createHmac } from 'node:crypto'
import { concatBytes, equalBytes, lengthPrefixed, utf8 } from '../../core/index.js'
import { allocateLocked, type LockedMemory, loadAead } from '../../native/index.js'
import { withSecret } from '../keys/secret-bytes.js'
import { keyBytes } from '../keys/stanza.js'
import { unwrapSecret, wrapSecret } from '../keys/wrap-secret.js'

export type Use = 'keyring mac' | 'successor' | 'commitment' | 'slot secrets' | 'old keys' | 'derived'

export async function createEpochKey(): Promise<LockedMemory> {
  const key = await allocateLocked(keyBytes)
  key.fillRandom()
  return key
}

/** A copy in locked memory; `bytes` stay the caller's. */
export async function importEpochKey(bytes: Uint8Array): Promise<LockedMemory> {
  const key = await allocateLocked(keyBytes)
  key.fill(bytes)
  return key
}

/** Gives `use` a key for one purpose, and wipes it. `name` tells apart what has the same purpose. */
export async function withDerived<T>(
  key: LockedMemory,
  use: Use,
  work: (derived: LockedMemory) => T | Promise<T>,
  name: Uint8Array = new Uint8Array(0)
): Promise<T> {
  const derived = await allocateLocked(keyBytes)
  try {
    const info = concatBytes(utf8(`tresor-seal/1 ${use}\0`), name)
    ;(await loadAead()).expand(key, info, derived)
    return await work(derived)
  } finally {
    derived.wipe()
  }
}

/** What may be known to all about a key: that it is this one. */
export async function commitmentOf(key: LockedMemory): Promise<Uint8Array> {
  return withDerived(key, 'commitment', (derived) => withSecret(derived.read(), sha256))
}

/** HMAC-SHA-512/256 (RFC 2104, FIPS 180-4). */
export async function macOf(
  key: LockedMemory,
  use: 'keyring mac' | 'successor',
  bytes: Uint8Array
): Promise<Uint8Array> {
  return withDerived(key, use, (derived) =>
    withSecret(derived.read(), (secret) => new Uint8Array(createHmac('sha512-256', secret).update(bytes).digest()))
  )
}

export async function isMacOf(
  key: LockedMemory,
  use: 'keyring mac' | 'successor',
  bytes: Uint8Array,
  mac: Uint8Array
): Promise<boolean> {
  return equalBytes(await macOf(key, use, bytes), mac)
}

export function sha256(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(createHash('sha256').update(bytes).digest())
}

/** Keys one after the other under that of the newest epoch. */
export async function wrapTable(
  key: LockedMemory,
  use: 'slot secrets' | 'old keys',
  table: Uint8Array,
  owner: readonly Uint8Array[]
): Promise<Uint8Array> {
  return withDerived(key, use, (derived) => wrapSecret(derived, table, bindTable(use, owner)))
}

/** `undefined` where it was changed. The caller wipes the result. */
export async function unwrapTable(
  key: LockedMemory,
  use: 'slot secrets' | 'old keys',
  wrapped: Uint8Array,
  owner: readonly Uint8Array[]
): Promise<Uint8Array | undefined> {
  const bytes = keyBytes * (owner.length - 1)
  return withDerived(key, use, (derived) => unwrapSecret(derived, wrapped, bindTable(use, owner), bytes))
}

function bindTable(use: string, owner: readonly Uint8Array[]): Uint8Array {
  return concatBytes(...[utf8(use), ...owner].map(lengthPrefixed))
}
