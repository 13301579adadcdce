// A store with a history: its newest version, what that must say, older versions of it, and another store under the same keys.
import { createHash } from 'node:crypto'
import { memory } from '../../../packages/sdk/src/seal/backends/memory/index.js'
import type { ObjectSealer } from '../../../packages/sdk/src/seal/format/object-sealer.js'
import type { Freshness } from '../../../packages/sdk/src/seal/freshness/freshness.js'
import { createKeyring, openKeyring } from '../../../packages/sdk/src/seal/keyring/index.js'
import type { Keyring } from '../../../packages/sdk/src/seal/keyring/keyring.js'
import { customKey } from '../../../packages/sdk/src/seal/keys/index.js'
import type { KeySource } from '../../../packages/sdk/src/seal/keys/key-source.js'
import { objectsOf, parseEntry } from '../../../packages/sdk/src/seal/store/entry.js'
import { createStore, openStore } from '../../../packages/sdk/src/seal/store/open-store.js'
import { replaceKeyring } from '../../../packages/sdk/src/seal/store/rekey.js'
import type { ObjectRef } from '../../../packages/sdk/src/seal/store/store.js'
import { walkVersion } from '../../../packages/sdk/src/seal/store/walk-version.js'
import type { WritableStore } from '../../../packages/sdk/src/seal/store/writable-store.js'
import { directoryEntry, pattern, readFile, remember, suite, writeFile } from '../store/fixture.js'
import { type Snapshot, takeSnapshot } from './snapshot.js'

export interface Subject {
  readonly storeId: Uint8Array
  readonly newest: Snapshot
  readonly older: readonly Snapshot[]
  readonly other: Snapshot
  /** What the files of the newest version hold. */
  readonly truth: ReadonlyMap<string, Uint8Array>
  /** Directories, for an index of several nodes. */
  readonly directories: number
  /** Objects that the newest version consists of. */
  readonly live: readonly ObjectRef[]
  /** Where the same file lay before, with the same length. */
  readonly earlier: readonly { readonly now: ObjectRef; readonly before: ObjectRef }[]
  readonly freshness: Freshness
  readonly unlock: Unlock
}

type Unlock = (bytes: Uint8Array, storeId: Uint8Array) => Promise<Keyring>

/** A check that is taken away on purpose: the campaign must notice. */
export type Careless = 'nothing' | 'identity'

export async function makeSubject(careless: Careless = 'nothing'): Promise<Subject> {
  const [newest, other] = [memory(), memory()]
  const freshness = remember('tpm')
  const unlock = rememberOpened(async (bytes, storeId) =>
    loosen(await openKeyring(bytes, { storeId, suite, keys: [cheapKey('first')] }), careless)
  )
  const common = { suite, freshness, unlockKeyring: unlock } as const
  const older: Snapshot[] = []
  const make = async (backend: typeof newest) => {
    const keys = [cheapKey('first'), cheapKey('second')]
    const createFirst = async (storeId: Uint8Array) => loosen(await createKeyring({ storeId, suite, keys }), careless)
    await createStore({ backend, suite, freshness, createKeyring: createFirst })
    return openStore({ backend, ...common })
  }
  const another = await make(other)
  for (const name of names) await writeFile(another, name, contentOf(name, 9))
  const store = await make(newest)
  await store.transaction((transaction) => {
    for (let i = 0; i < directories; i++)
      transaction.put(1n, `directory ${i}`, directoryEntry(transaction.createInode()))
  })
  for (const name of names) await writeFile(store, name, contentOf(name, 0))
  await store.change(() => undefined, { mustRewrite: () => true })
  older.push(await takeSnapshot(newest))
  await replaceKeyring(store, loosen(await store.objects.keys.keyring.rotate(), careless))
  for (const name of names.slice(0, 4)) await writeFile(store, name, contentOf(name, 1))
  const before = await refsOf(store)
  for (const name of names.slice(0, 4)) {
    await writeFile(store, name, contentOf(name, 2))
    older.push(await takeSnapshot(newest))
  }
  const result = {
    storeId: store.storeId,
    newest: await takeSnapshot(newest),
    older: older.slice(0, -1),
    other: await takeSnapshot(other),
    truth: await truthOf(store),
    directories,
    live: await liveObjects(store),
    earlier: await pairsOf(store, before),
    freshness,
    unlock
  }
  await store.close()
  await another.close()
  return result
}

const directories = 150
const names = ['a', 'b', 'c', 'd', 'e', 'f']

function contentOf(name: string, version: number): Uint8Array {
  const lengths: Readonly<Record<string, number>> = { a: 70_000, b: 16_384, c: 33_000, d: 500, e: 500, f: 1 }
  return pattern(lengths[name] ?? 0, 10 * version + name.charCodeAt(0))
}

/** Wraps by exclusive or, with a hash over all of it: good for tests, and fast. */
function cheapKey(name: string): KeySource {
  const stream = (context: Uint8Array) => createHash('sha256').update(name).update(context).digest()
  const tag = (key: Uint8Array, context: Uint8Array) =>
    createHash('sha256').update(stream(context)).update(key).digest()
  const mix = (key: Uint8Array, context: Uint8Array) => {
    const bytes = stream(context)
    return new Uint8Array(key.map((byte, i) => byte ^ (bytes[i] ?? 0)))
  }
  return customKey({
    name,
    survival: 'durable',
    wrap: async (key, context) => new Uint8Array([...mix(key, context), ...tag(key, context)]),
    unwrap: async (wrapped, context) => {
      const key = mix(wrapped.subarray(0, 32), context)
      return Buffer.compare(tag(key, context), wrapped.subarray(32)) === 0 ? key : undefined
    }
  })
}

/** Most cases leave the keyring alone, and opening one takes longer than all the rest. */
function rememberOpened(unlock: Unlock): Unlock {
  const opened = new Map<string, Keyring>()
  return async (bytes, storeId) => {
    const key = createHash('sha256').update(storeId).update(bytes).digest('hex')
    const known = opened.get(key)
    if (known !== undefined) return known
    const keyring = withMethods(await unlock(bytes, storeId), { wipe: () => undefined })
    if (opened.size < 10) opened.set(key, keyring)
    return keyring
  }
}

function withMethods(keyring: Keyring, methods: Partial<Keyring>): Keyring {
  return new Proxy(keyring, {
    get: (target, name) => {
      const value = Reflect.get(methods, name) ?? Reflect.get(target, name, target)
      return typeof value === 'function' ? value.bind(target) : value
    }
  })
}

async function refsOf(store: WritableStore): Promise<Map<string, ObjectRef>> {
  const refs = new Map<string, ObjectRef>()
  for (const name of names) {
    const entry = await (await store.view()).get(1n, name)
    const ref = entry === undefined ? undefined : objectsOf(entry)[0]
    if (ref !== undefined) refs.set(name, ref)
  }
  return refs
}

async function pairsOf(store: WritableStore, before: ReadonlyMap<string, ObjectRef>): Promise<Subject['earlier']> {
  const now = await refsOf(store)
  return names.slice(0, 4).flatMap((name) => {
    const [old, current] = [before.get(name), now.get(name)]
    return old === undefined || current === undefined ? [] : [{ now: current, before: old }]
  })
}

async function truthOf(store: WritableStore): Promise<Map<string, Uint8Array>> {
  const truth = new Map<string, Uint8Array>()
  const view = await store.view()
  for (const name of names) truth.set(name, (await readFile(view, name)) ?? new Uint8Array(0))
  return truth
}

async function liveObjects(store: WritableStore): Promise<readonly ObjectRef[]> {
  const live: ObjectRef[] = []
  const onObject = (ref: ObjectRef) => live.push(ref)
  for await (const [, value] of walkVersion({ objects: store.objects, version: store.version, onObject })) {
    live.push(...objectsOf(parseEntry(value)))
  }
  return live
}

/** A keyring whose sealers do not care which object they open. */
function loosen(keyring: Keyring, careless: Careless): Keyring {
  if (careless === 'nothing') return keyring
  const anyone = { objectId: new Uint8Array(16), generation: 0n }
  const loose = (sealer: ObjectSealer): ObjectSealer => ({
    epoch: sealer.epoch,
    sealedLength: (length) => sealer.sealedLength(length),
    seal: (identity, plaintext) => sealer.seal({ ...identity, ...anyone }, plaintext),
    open: (identity, sealed) => sealer.open({ ...identity, ...anyone }, sealed),
    createWriter: (identity) => sealer.createWriter({ ...identity, ...anyone }),
    openReader: (identity, sealed) => sealer.openReader({ ...identity, ...anyone }, sealed),
    wipe: () => sealer.wipe()
  })
  return withMethods(keyring, { sealer: async (epoch) => loose(await keyring.sealer(epoch)) })
}
