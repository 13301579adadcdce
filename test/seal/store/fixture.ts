// Stores for tests: on any backend, with a fake keyring and the freshness of a process.
import { equalBytes, SealError } from '../../../packages/sdk/src/core/index.js'
import type { Backend } from '../../../packages/sdk/src/seal/backends/backend.js'
import type { Anchor, Freshness } from '../../../packages/sdk/src/seal/freshness/freshness.js'
import {
  createStore,
  type OpenStoreOptions,
  openStore,
  openStoreReadOnly
} from '../../../packages/sdk/src/seal/store/open-store.js'
import type { Entry, Extent, FileEntry, ObjectRef, Store, View } from '../../../packages/sdk/src/seal/store/store.js'
import { fakeKeyring, unlockFake } from './keyring.js'

export const suite = 'cobblestone-256'

export type Overrides = Partial<OpenStoreOptions>

export function options(backend: Backend, more: Overrides = {}): OpenStoreOptions {
  return { backend, suite, unlockKeyring: unlockFake, freshness: remember(), ...more }
}

export async function create(backend: Backend, freshness: Freshness = remember()): Promise<void> {
  await createStore({ backend, suite, freshness, createKeyring: async (storeId) => fakeKeyring(storeId) })
}

export function open(backend: Backend, more: Overrides = {}) {
  return openStore(options(backend, more))
}

export function openForReading(backend: Backend, more: Overrides = {}) {
  return openStoreReadOnly(options(backend, more))
}

/** A new store, open. */
export async function fresh(backend: Backend, more: Overrides = {}) {
  await create(backend, more.freshness)
  return open(backend, more)
}

/** Remembers anchors, with compare-and-set. */
export function remember(level: Freshness['level'] = 'process'): Freshness & { readonly anchors: Map<string, Anchor> } {
  const anchors = new Map<string, Anchor>()
  const keyOf = (storeId: Uint8Array) => Buffer.from(storeId).toString('hex')
  const isSame = (a: Anchor | undefined, b: Anchor | undefined) =>
    a?.sequence === b?.sequence && equalBytes(a?.rootHash ?? new Uint8Array(0), b?.rootHash ?? new Uint8Array(0))
  return {
    level,
    anchors,
    read: async (storeId) => anchors.get(keyOf(storeId)),
    advance: async (storeId, expected, next) => {
      const known = anchors.get(keyOf(storeId))
      if (isSame(known, next)) return
      if (!isSame(known, expected)) throw new SealError('ERR_SEALED_ROLLBACK', 'anchor: something else is remembered')
      anchors.set(keyOf(storeId), next)
    },
    reset: async (storeId, anchor) => void anchors.set(keyOf(storeId), anchor)
  }
}

const base = { mode: 0o644, atimeMs: 1, mtimeMs: 2.5, ctimeMs: 3, birthtimeMs: 4 }

export function fileEntry(inode: bigint, size: number, extents: readonly Extent[] = []): FileEntry {
  return { kind: 'file', inode, ...base, size, extents }
}

export function directoryEntry(inode: bigint): Entry {
  return { kind: 'directory', inode, ...base }
}

export async function content(store: Store, bytes: Uint8Array): Promise<ObjectRef> {
  const writer = store.writeContent()
  await writer.write(bytes)
  return writer.finish()
}

/** A file of one object. Resolves when it is durable. */
export async function writeFile(store: Store, name: string, bytes: Uint8Array, directory = 1n): Promise<void> {
  const object = await content(store, bytes)
  await store.transaction((transaction) => {
    const extents = [{ at: 0, length: bytes.length, from: 0, object }]
    transaction.put(directory, name, fileEntry(transaction.createInode(), bytes.length, extents))
  })
}

export async function readFile(view: View, name: string, directory = 1n): Promise<Uint8Array | undefined> {
  const entry = await view.get(directory, name)
  if (entry?.kind !== 'file') return undefined
  const bytes = new Uint8Array(entry.size)
  for (const { at, length, from, object } of entry.extents) {
    await view.readObject(object, from, bytes.subarray(at, at + length))
  }
  return bytes
}

/** Comparing large arrays with `toEqual` takes seconds. */
export async function holds(view: View, name: string, bytes: Uint8Array): Promise<boolean> {
  const found = await readFile(view, name)
  return found !== undefined && Buffer.compare(found, bytes) === 0
}

export async function namesOf(view: View, directory = 1n, after?: string): Promise<string[]> {
  const names: string[] = []
  for await (const [name] of view.list(directory, after)) names.push(name)
  return names
}

/** Bytes that tell where they are from. */
export function pattern(length: number, seed = 1): Uint8Array {
  const bytes = new Uint8Array(length)
  let state = seed
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    bytes[i] = state >>> 16
  }
  return bytes
}
