// A transaction while it is being made: a view with changes of its own on top.
import { UnavailableError } from '../../core/index.js'
import { encodeEntry } from './entry.js'
import { type IndexKey, keyOf } from './index-key.js'
import type { NodeCache } from './node-cache.js'
import type { Objects } from './objects.js'
import { Staging } from './overlay.js'
import type { Entry, Inode, Transaction } from './store.js'
import { StoreView, type ViewSource } from './view.js'

export interface DraftHooks {
  createInode(): Inode
  assertPresent(entry: Entry): void
}

export class DraftTransaction extends StoreView implements Transaction {
  readonly staging: Staging
  /** What was put, for as long as it may matter. */
  readonly entries: Entry[] = []
  readonly #hooks: DraftHooks
  #isOver = false

  constructor(source: ViewSource, nodes: NodeCache, objects: Objects, hooks: DraftHooks) {
    const staging = new Staging()
    super({ ...source, layers: [staging, ...source.layers] }, nodes, objects)
    this.staging = staging
    this.#hooks = hooks
  }

  put(directory: Inode, name: string, entry: Entry): void {
    this.#hooks.assertPresent(entry)
    this.putValue(keyOf(directory, name), encodeEntry(entry))
    this.entries.push(entry)
  }

  remove(directory: Inode, name: string): void {
    this.putValue(keyOf(directory, name), undefined)
  }

  createInode(): Inode {
    this.#assertOpen()
    return this.#hooks.createInode()
  }

  /** For what the store itself keeps. */
  putValue(key: IndexKey, value: Uint8Array | undefined): void {
    this.#assertOpen()
    this.staging.set(key, value)
  }

  end(): void {
    this.#isOver = true
  }

  #assertOpen(): void {
    if (this.#isOver) throw new UnavailableError('ERR_STORE_CLOSED', 'transaction: it is over')
  }
}
