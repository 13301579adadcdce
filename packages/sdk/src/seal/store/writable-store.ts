// The store of the one writer.
import { UnavailableError } from '../../core/index.js'
import type { WriterLease } from '../backends/backend.js'
import { CommitQueue } from './commit-queue.js'
import type { Batch, Committer } from './committer.js'
import { StoreContentWriter } from './content-writer.js'
import { DraftTransaction } from './draft.js'
import type { NodeCache } from './node-cache.js'
import type { Objects } from './objects.js'
import type { ContentWriter, Store, Transaction, View } from './store.js'
import { UnlinkedObjects } from './unlinked.js'
import { sourceOf, type Version } from './version.js'
import { StoreView } from './view.js'

export interface WritableStoreParts {
  readonly objects: Objects
  readonly nodes: NodeCache
  readonly committer: Committer
  readonly lease: WriterLease
}

export class WritableStore implements Store {
  readonly storeId: Uint8Array
  readonly isReadOnly = false
  readonly objects: Objects
  readonly nodes: NodeCache
  readonly unlinked: UnlinkedObjects = new UnlinkedObjects()
  readonly #committer: Committer
  readonly #queue: CommitQueue
  readonly #lease: WriterLease
  #turn: Promise<unknown> = Promise.resolve()
  #tick: number
  #nextInode: bigint
  #isClosed = false

  constructor({ objects, nodes, committer, lease }: WritableStoreParts) {
    this.storeId = objects.storeId
    this.objects = objects
    this.nodes = nodes
    this.#committer = committer
    this.#queue = new CommitQueue(committer)
    this.#lease = lease
    this.#tick = committer.version.tick
    this.#nextInode = committer.version.root.nextInode
  }

  /** What is committed. */
  async loadNewest(): Promise<Version> {
    this.#assertOpen()
    return this.version
  }

  get version(): Version {
    return this.#committer.version
  }

  async view(): Promise<View> {
    return this.openView()
  }

  openView(): StoreView {
    this.#assertOpen()
    return new StoreView(sourceOf(this.version), this.nodes, this.objects)
  }

  async transaction<T>(work: (transaction: Transaction) => Promise<T> | T): Promise<T> {
    return this.change(work)
  }

  writeContent(): ContentWriter {
    this.assertWritable()
    return new StoreContentWriter(this.objects, () => this.version.root.sequence + 1n, this.unlinked)
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    await this.#turn
    await this.#queue.idle()
    try {
      await this.#lease.release()
    } finally {
      this.objects.close()
      await this.objects.backend.close()
    }
  }

  /** Of the root in the other slot. */
  get previousKeyring(): string {
    return this.#committer.previousKeyring
  }

  /** A transaction that may change more of the root than entries. */
  async change<T>(work: (draft: DraftTransaction) => Promise<T> | T, more: Partial<Batch> = {}): Promise<T> {
    const { result, durable } = await this.#inTurn(async () => {
      this.assertWritable()
      const draft = this.#draft()
      try {
        const made = await work(draft)
        return { result: made, durable: this.#enqueue(draft, more) }
      } finally {
        draft.end()
      }
    })
    await durable
    return result
  }

  /** As `change`, with a batch that is decided when nothing else is under way; `undefined`: nothing is to be done, and the answer is false. */
  async changeAlone(decide: () => Promise<Partial<Batch> | undefined>): Promise<boolean> {
    const durable = await this.#inTurn(async () => {
      this.assertWritable()
      await this.#queue.idle()
      const batch = await decide()
      return { done: batch === undefined ? undefined : this.#enqueue(this.#draft(), batch) }
    })
    await durable.done
    return durable.done !== undefined
  }

  /** Waits until everything that was decided so far is durable. */
  async settle(): Promise<void> {
    await this.#inTurn(async () => undefined)
    await this.#queue.idle()
  }

  assertWritable(): void {
    this.#assertOpen()
    if (this.#queue.failure !== undefined) throw this.#queue.failure
  }

  /** One after the other; a failure is for its caller. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(work)
    this.#turn = result.catch(() => undefined)
    return result
  }

  #draft(): DraftTransaction {
    const { root, overlay } = this.version
    const source = { sequence: root.sequence, index: root.index, layers: [overlay.at(this.#tick)] }
    return new DraftTransaction(source, this.nodes, this.objects, {
      createInode: () => this.#nextInode++,
      assertPresent: (entry) => this.unlinked.assertPresent(entry, this.objects.minEpoch)
    })
  }

  async #enqueue(draft: DraftTransaction, more: Partial<Batch>): Promise<void> {
    const { changes } = draft.staging
    if (changes.size === 0 && Object.keys(more).length === 0) return this.#queue.idle()
    this.version.overlay.apply(++this.#tick, changes)
    this.unlinked.settleAll(draft.entries)
    await this.#queue.add({ ...more, changes, tick: this.#tick, nextInode: this.#nextInode })
  }

  #assertOpen(): void {
    if (this.#isClosed) throw new UnavailableError('ERR_STORE_CLOSED', 'store: it is closed')
  }
}
