// Garbage collection: what the newest version does not need is removed after a grace period, for readers may still look at older ones; blobs that are
// mostly garbage are emptied by copying the ciphertext that lives.
import { expectInteger, expectOptions } from '../../core/index.js'
import { objectsOf, parseEntry } from './entry.js'
import { moveEntries } from './move-entries.js'
import type { ObjectRef } from './store.js'
import { encodeTombstone, readTombstones, tombstoneKey } from './tombstones.js'
import { walkVersion } from './walk-version.js'
import type { WritableStore } from './writable-store.js'

export interface CollectOptions {
  /** How long readers may go on with an old view. Default ten minutes; 0 where there are no readers. */
  readonly graceMs?: number
  readonly now?: () => Date
}

export interface Collected {
  /** Blobs that were removed, and their size. */
  readonly removed: number
  readonly removedBytes: number
  /** Garbage whose grace period is not over. */
  readonly waiting: number
  /** Objects that were copied out of blobs that were mostly garbage, and their size. The blobs go with a later collection. */
  readonly moved: number
  readonly movedBytes: number
}

const tenMinutes = 600_000
/** Blobs with a smaller part alive are emptied. */
const worthKeeping = 0.5

/** @throws UsageError ERR_USAGE_OPTION, SealError, UnavailableError */
export async function collectGarbage(store: WritableStore, options: CollectOptions = {}): Promise<Collected> {
  expectOptions(options, ['graceMs', 'now'], 'collectGarbage')
  const graceMs = expectInteger(options.graceMs ?? tenMinutes, [0, Number.MAX_SAFE_INTEGER], 'graceMs')
  const nowMs = (options.now ?? (() => new Date()))().getTime()
  const blobs = await listBlobs(store)
  const live = await markLive(store)
  const dead = [...blobs.keys()].filter((blob) => !live.has(blob))
  const removal = await removeDead(store, blobs, dead, graceMs, nowMs)
  const sparse = [...live].filter(([blob, bytes]) => bytes < worthKeeping * (blobs.get(blob) ?? 0))
  const moves = await evacuate(store, new Set(sparse.map(([blob]) => blob)))
  await removeKeyrings(store)
  return { ...removal, ...moves }
}

/** Those that may be judged: not what is being written, nor what no entry has yet. */
async function listBlobs(store: WritableStore): Promise<ReadonlyMap<string, number>> {
  const blobs = new Map<string, number>()
  for await (const { blob, bytes } of store.objects.backend.list()) blobs.set(blob, bytes)
  for (const blob of store.unlinked.heldBlobs()) blobs.delete(blob)
  if (store.objects.youngestBlob !== undefined) blobs.delete(store.objects.youngestBlob)
  return blobs
}

/** Bytes in use by blob. What was on its way when the blobs were listed is committed now. */
async function markLive(store: WritableStore): Promise<ReadonlyMap<string, number>> {
  await store.settle()
  const live = new Map<string, number>()
  const mark = ({ blob, sealedLength }: ObjectRef) => live.set(blob, (live.get(blob) ?? 0) + sealedLength)
  for await (const [, value] of walkVersion({ objects: store.objects, version: store.version, onObject: mark })) {
    objectsOf(parseEntry(value)).forEach(mark)
  }
  return live
}

async function removeDead(
  store: WritableStore,
  blobs: ReadonlyMap<string, number>,
  dead: readonly string[],
  graceMs: number,
  nowMs: number
): Promise<Pick<Collected, 'removed' | 'removedBytes' | 'waiting'>> {
  const since = await readTombstones(store.openView())
  const due = dead.filter((blob) => graceMs === 0 || nowMs - (since.get(blob) ?? nowMs) >= graceMs)
  for (const blob of due) {
    store.unlinked.removed(blob)
    await store.objects.backend.remove(blob)
  }
  const waiting = new Set(dead.filter((blob) => !due.includes(blob)))
  await writeTombstones(store, since, waiting, nowMs)
  const removedBytes = due.reduce((sum, blob) => sum + (blobs.get(blob) ?? 0), 0)
  return { removed: due.length, removedBytes, waiting: waiting.size }
}

/** New ones for what has just been found dead; those of blobs that are gone, or in use again, go. */
async function writeTombstones(
  store: WritableStore,
  since: ReadonlyMap<string, number>,
  waiting: ReadonlySet<string>,
  nowMs: number
): Promise<void> {
  const added = [...waiting].filter((blob) => !since.has(blob))
  const gone = [...since.keys()].filter((blob) => !waiting.has(blob))
  if (added.length + gone.length === 0) return
  await store.change((draft) => {
    for (const blob of added) draft.putValue(tombstoneKey(blob), encodeTombstone(nowMs))
    for (const blob of gone) draft.putValue(tombstoneKey(blob), undefined)
  })
}

async function evacuate(
  store: WritableStore,
  sparse: ReadonlySet<string>
): Promise<Pick<Collected, 'moved' | 'movedBytes'>> {
  let [moved, movedBytes] = [0, 0]
  if (sparse.size === 0) return { moved, movedBytes }
  await moveEntries(
    store,
    ({ blob }) => sparse.has(blob),
    async (ref) => {
      moved++
      movedBytes += ref.sealedLength
      return store.objects.appendSealed(ref, await store.objects.readSealed(ref))
    }
  )
  await store.change(() => undefined, { mustRewrite: ({ blob }) => sparse.has(blob) })
  return { moved, movedBytes }
}

/** Those that no root names. */
async function removeKeyrings(store: WritableStore): Promise<void> {
  const { backend } = store.objects
  const current = store.version.root.keyring
  for (const name of await backend.listKeyrings()) {
    if (name !== current && name !== store.previousKeyring) await backend.removeKeyring(name)
  }
}
