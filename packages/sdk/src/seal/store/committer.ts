// Writes commits: objects, then delta or index, then flush, then the root, then the anchor. One at a time.

import { crypto } from '#crypto'
import { UnavailableError } from '../../core/index.js'
import type { WriterLease } from '../backends/backend.js'
import type { Anchor, Freshness } from '../freshness/freshness.js'
import { type Changes, changeBytes, encodeDelta } from './delta.js'
import { isDraft, type MustRewrite, updateTree } from './index-update.js'
import { writeIndex } from './index-write.js'
import type { NodeCache } from './node-cache.js'
import type { Objects } from './objects.js'
import { Overlay } from './overlay.js'
import { encodeRoot, type RootBody, type RootRecord, type Suite } from './root-record.js'
import type { StoreKeys } from './store-keys.js'
import type { Version } from './version.js'

/** What goes into one root. Its changes have been applied to the overlay already, with ticks up to `tick`. */
export interface Batch {
  readonly changes: Changes
  readonly tick: number
  readonly nextInode: bigint
  /** Makes nodes anew, and with that merges all deltas. */
  readonly mustRewrite?: MustRewrite | undefined
  readonly minEpoch?: number | undefined
  readonly keyring?: { readonly name: string; readonly keys: StoreKeys } | undefined
}

export interface CommitterOptions {
  readonly objects: Objects
  readonly nodes: NodeCache
  readonly freshness: Freshness
  readonly lease: WriterLease
  readonly suite: Suite
  readonly now: () => Date
  readonly version: Version
  readonly anchor: Anchor
  /** Of the root slots. */
  readonly slotsVersion: string
  /** Named by the root before. */
  readonly previousKeyring: string
}

/** Deltas are merged into the index when they are this many, or this large: opening reads them all. */
const maxDeltas = 256
const maxDeltaBytes = 1 << 20

type Head = Pick<RootBody, 'index' | 'delta' | 'deltaCount' | 'deltaBytes'>

export class Committer {
  readonly #options: CommitterOptions
  readonly #writerId: Uint8Array
  #version: Version
  #anchor: Anchor
  #slotsVersion: string
  #previousKeyring: string

  constructor(options: CommitterOptions) {
    this.#options = options
    this.#writerId = crypto.randomBytes(16)
    this.#version = options.version
    this.#anchor = options.anchor
    this.#slotsVersion = options.slotsVersion
    this.#previousKeyring = options.previousKeyring
  }

  /** Named by the root before: readers that are late may want it. */
  get previousKeyring(): string {
    return this.#previousKeyring
  }

  get version(): Version {
    return this.#version
  }

  /**
   * Durable and remembered when it resolves. After an error the next root is for whoever opens the store anew. The overlay of the new
   * version is another, empty one when all deltas were merged into the index.
   */
  async commit(batch: Batch): Promise<void> {
    const { objects } = this.#options
    if (batch.keyring !== undefined) objects.changeKeys(batch.keyring.keys)
    const head = await this.#writeHead(batch)
    await objects.backend.flush()
    const overlay = head === this.#version.root || head.delta !== undefined ? this.#version.overlay : new Overlay()
    await this.#swap(this.#nextRoot(batch, head), overlay, batch.tick)
  }

  async #writeHead(batch: Batch): Promise<Head> {
    const { root } = this.#version
    const size = sizeOf(batch.changes)
    const isFull = root.deltaCount >= maxDeltas || root.deltaBytes + size > maxDeltaBytes
    if (isFull || batch.mustRewrite !== undefined) return this.#writeCheckpoint(batch)
    if (batch.changes.size === 0) return root
    const delta = { previous: root.delta, changes: batch.changes }
    const ref = await this.#options.objects.appendPadded('delta', root.sequence + 1n, (length) =>
      encodeDelta(delta, length)
    )
    return { index: root.index, delta: ref, deltaCount: root.deltaCount + 1, deltaBytes: root.deltaBytes + size }
  }

  async #writeCheckpoint({ tick, mustRewrite }: Batch): Promise<Head> {
    const { objects, nodes } = this.#options
    const { root, overlay } = this.#version
    const tree = await updateTree(nodes, root.index, overlay.changesUpTo(tick), mustRewrite)
    const isWritten = tree === undefined || !isDraft(tree)
    const index = isWritten ? tree : await writeIndex(tree, root.sequence + 1n, objects, nodes)
    return { index, delta: undefined, deltaCount: 0, deltaBytes: 0 }
  }

  #nextRoot({ nextInode, minEpoch, keyring }: Batch, head: Head): RootRecord {
    const { root, rootHash } = this.#version
    return {
      ...root,
      ...head,
      epoch: this.#options.objects.keys.current.epoch,
      sequence: root.sequence + 1n,
      objectId: crypto.randomBytes(16),
      keyring: keyring?.name ?? root.keyring,
      keyringHash: keyring?.keys.keyring.digest() ?? root.keyringHash,
      previousHash: rootHash,
      nextInode,
      minEpoch: minEpoch ?? root.minEpoch,
      writerId: this.#writerId,
      savedAtMs: this.#options.now().getTime()
    }
  }

  async #swap(root: RootRecord, overlay: Overlay, tick: number): Promise<void> {
    const { objects, lease, freshness, suite } = this.#options
    const record = await encodeRoot(root, suite, objects.keys.current)
    const rootHash = await crypto.hash('sha256', record)
    const slot = this.#version.slot === 0 ? 1 : 0
    await lease.assertHeld()
    this.#slotsVersion = await objects.backend.swapRoot(slot, record, this.#slotsVersion)
    const next = { sequence: root.sequence, rootHash }
    await freshness.advance(objects.storeId, this.#anchor, next)
    this.#anchor = next
    objects.minEpoch = root.minEpoch
    this.#previousKeyring = this.#version.root.keyring
    this.#version = { root, rootHash, slot, overlay, tick }
  }
}

/** Several sets of changes as one: the later ones count. */
export function mergeChanges(all: readonly Changes[]): Changes {
  const [first, ...rest] = all
  if (first !== undefined && rest.length === 0) return first
  return new Map(all.flatMap((changes) => [...changes]))
}

function sizeOf(changes: Changes): number {
  let size = 0
  for (const [key, value] of changes) size += changeBytes(key, value)
  return size
}

/** A store whose last write failed: nobody knows what is on the disk until it is opened anew. */
export function afterFailure(cause: unknown): UnavailableError {
  return new UnavailableError('ERR_STORE_CLOSED', 'store: a write failed, open it again', { cause })
}
