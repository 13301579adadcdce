// Making a store once, and opening it ever after. Neither ever does the other's work.

import { crypto } from '#crypto'
import {
  expectBytes,
  expectFunction,
  expectInteger,
  expectOneOf,
  expectOptions,
  systemClock,
  toHex,
  UsageError
} from '../../core/index.js'
import type { Backend, WriterLease } from '../backends/backend.js'
import type { Freshness } from '../freshness/freshness.js'
import type { Keyring } from '../keyring/keyring.js'
import { Committer } from './committer.js'
import { chooseForReader, isRollbackToken, settleNewest } from './newest-version.js'
import { NodeCache } from './node-cache.js'
import { Objects } from './objects.js'
import type { Padding } from './padding.js'
import { ReadableStore } from './readable-store.js'
import { encodeRoot, isEmptySlot, type RootRecord, type Suite } from './root-record.js'
import { Roots } from './roots.js'

import { loadKeys, type StoreKeys, type UnlockKeyring } from './store-keys.js'
import { loadVersion } from './version.js'
import { WritableStore } from './writable-store.js'

export interface OpenStoreOptions {
  readonly backend: Backend
  /** The suite that the store must have. */
  readonly suite: Suite
  readonly unlockKeyring: UnlockKeyring
  readonly freshness: Freshness
  /** 16 bytes: which store it must be. Without it, the host may show another store of the same keys. */
  readonly storeId?: Uint8Array
  readonly padding?: Padding
  /** For nodes of the index in memory. Default 16 MiB. */
  readonly cacheBytes?: number
  /** The `details.token` of ERR_SEALED_ROLLBACK: opens that one older version. */
  readonly acceptRollback?: string
  readonly now?: () => Date
}

export interface CreateStoreOptions {
  readonly backend: Backend
  readonly suite: Suite
  readonly freshness: Freshness
  /** Makes the keyring of a store that is about to be. */
  readonly createKeyring: (storeId: Uint8Array) => Promise<Keyring>
  readonly now?: () => Date
}

const openKeys = [
  'backend',
  'suite',
  'unlockKeyring',
  'freshness',
  'storeId',
  'padding',
  'cacheBytes',
  'acceptRollback',
  'now'
] as const

/**
 * Makes an empty store and answers its id; open it afterwards.
 * @throws UsageError ERR_USAGE_STORE where there is one, or what is left of one; UnavailableError
 */
export async function createStore(options: CreateStoreOptions): Promise<Uint8Array> {
  expectOptions(options, ['backend', 'suite', 'freshness', 'createKeyring', 'now'], 'createStore')
  expectOneOf(options.suite, ['cobblestone-256'], 'suite')
  const { backend } = options
  try {
    if (await backend.isOccupied()) throw occupied(backend.name)
    const lease = await backend.lock()
    return await writeFirst(options, lease).finally(() => lease.release())
  } finally {
    await backend.close()
  }
}

/**
 * The store for its one writer.
 * @throws UsageError ERR_USAGE_STORE where there is none; UnavailableError ERR_STORE_LOCKED while another has it; SealError
 */
export async function openStore(options: OpenStoreOptions): Promise<WritableStore> {
  const checked = checkOptions(options)
  const { backend } = checked
  if ((await backend.readRoots()).slots.every(isEmptySlot)) throw missing(backend.name)
  const lease = await backend.lock()
  const roots = new Roots(backend, checked)
  try {
    return await openLocked(checked, lease, roots)
  } catch (error) {
    await lease.release()
    await backend.close()
    throw error
  } finally {
    roots.close()
  }
}

/** The store for any number of readers beside the writer, in any process. Nothing is written. */
export async function openStoreReadOnly(options: OpenStoreOptions): Promise<ReadableStore> {
  const checked = checkOptions(options)
  const { backend, cacheBytes, freshness, acceptRollback } = checked
  const roots = new Roots(backend, checked)
  const choice = { freshness, acceptRollback }
  try {
    const first = await chooseForReader(() => roots.read(), undefined, choice)
    return new ReadableStore({ backend, roots, freshness: choice, cacheBytes, first })
  } catch (error) {
    roots.close()
    await backend.close()
    throw error
  }
}

function checkOptions(options: OpenStoreOptions) {
  const { padding = 'block', cacheBytes = 1 << 24, now = systemClock } = expectOptions(options, openKeys, 'openStore')
  expectOneOf(options.suite, ['cobblestone-256'], 'suite')
  expectFunction(options.unlockKeyring, 'unlockKeyring')
  if (options.storeId !== undefined) expectBytes(options.storeId, 16, 'storeId')
  if (options.acceptRollback !== undefined && !isRollbackToken(options.acceptRollback)) {
    throw new UsageError('ERR_USAGE_OPTION', 'acceptRollback: expected the token of an ERR_SEALED_ROLLBACK', {
      details: { field: 'acceptRollback' }
    })
  }
  return {
    ...options,
    padding: expectOneOf<Padding>(padding, ['block', 'padme'], 'padding'),
    cacheBytes: expectInteger(cacheBytes, [0, Number.MAX_SAFE_INTEGER], 'cacheBytes'),
    now: expectFunction(now, 'now')
  }
}

async function openLocked(
  options: ReturnType<typeof checkOptions>,
  lease: WriterLease,
  roots: Roots
): Promise<WritableStore> {
  const { backend, padding, cacheBytes, suite, now, freshness } = options
  const found = await roots.read()
  const { newest } = found
  const objects = new Objects({ backend, storeId: newest.root.storeId, keys: newest.keys, padding })
  objects.minEpoch = newest.root.minEpoch
  const version = await loadVersion(newest, objects)
  const anchor = await settleNewest(found, options)
  const nodes = new NodeCache(objects, cacheBytes)
  const committer = new Committer({
    ...{ objects, nodes, freshness, lease, suite, now, version, anchor },
    slotsVersion: found.version,
    previousKeyring: found.older?.root.keyring ?? newest.root.keyring
  })
  roots.handOver(newest.keys)
  return new WritableStore({ objects, nodes, committer, lease })
}

/** The keyring, then the root that names it: a crash between the two leaves nothing that counts. */
async function writeFirst(options: CreateStoreOptions, lease: WriterLease): Promise<Uint8Array> {
  const { backend, suite, freshness } = options
  if (await backend.isOccupied()) throw occupied(backend.name)
  const storeId = crypto.randomBytes(16)
  const keys = await loadKeys(await options.createKeyring(storeId))
  try {
    const name = createKeyringName()
    await backend.writeKeyring(name, keys.keyring.bytes())
    const root = firstRoot(storeId, name, keys, options.now ?? systemClock)
    const record = await encodeRoot(root, suite, keys.current)
    const { version } = await backend.readRoots()
    await lease.assertHeld()
    await backend.swapRoot(0, record, version)
    await freshness.advance(storeId, undefined, { sequence: 1n, rootHash: await crypto.hash('sha256', record) })
    return storeId
  } finally {
    keys.wipe()
  }
}

/** A name that no other keyring has. */
export function createKeyringName(): string {
  return toHex(crypto.randomBytes(16))
}

function firstRoot(storeId: Uint8Array, keyring: string, keys: StoreKeys, now: () => Date): RootRecord {
  return {
    storeId,
    epoch: keys.current.epoch,
    sequence: 1n,
    objectId: crypto.randomBytes(16),
    keyring,
    keyringHash: keys.keyring.digest(),
    previousHash: new Uint8Array(32),
    index: undefined,
    delta: undefined,
    deltaCount: 0,
    deltaBytes: 0,
    nextInode: 2n,
    minEpoch: keys.current.epoch,
    writerId: crypto.randomBytes(16),
    savedAtMs: now().getTime()
  }
}

function occupied(name: string): UsageError {
  return new UsageError('ERR_USAGE_STORE', `${name}: there is a store, or what is left of one`, {
    details: { field: 'backend' }
  })
}

function missing(name: string): UsageError {
  return new UsageError('ERR_USAGE_STORE', `${name}: there is no store`, { details: { field: 'backend' } })
}
