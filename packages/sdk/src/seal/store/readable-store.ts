// The store of a reader, in any process: each view is what is committed then.
import { equalBytes, UnavailableError, UsageError } from '../../core/index.js'
import type { Backend } from '../backends/backend.js'
import { chooseForReader, type FreshnessOptions } from './newest-version.js'
import { NodeCache } from './node-cache.js'
import { Objects } from './objects.js'
import type { FoundRoot, Roots } from './roots.js'
import type { ContentWriter, Store, View } from './store.js'
import { loadVersion, sourceOf, type Version } from './version.js'
import { StoreView } from './view.js'

export interface ReadableStoreParts {
  readonly backend: Backend
  readonly roots: Roots
  readonly freshness: FreshnessOptions
  readonly cacheBytes: number
  readonly first: FoundRoot
}

export class ReadableStore implements Store {
  readonly storeId: Uint8Array
  readonly isReadOnly = true
  readonly objects: Objects
  readonly nodes: NodeCache
  readonly #parts: ReadableStoreParts
  #version: Version | undefined
  #loading: Promise<Version> | undefined
  #isClosed = false

  constructor(parts: ReadableStoreParts) {
    const { backend, first, cacheBytes } = parts
    this.storeId = first.root.storeId
    this.objects = new Objects({ backend, storeId: this.storeId, keys: first.keys, padding: 'block' })
    this.nodes = new NodeCache(this.objects, cacheBytes)
    parts.roots.handOver(first.keys)
    this.#parts = parts
  }

  async view(): Promise<View> {
    return new StoreView(sourceOf(await this.loadNewest()), this.nodes, this.objects)
  }

  async transaction<T>(): Promise<T> {
    throw readOnly()
  }

  writeContent(): ContentWriter {
    throw readOnly()
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    await this.#loading?.catch(() => undefined) // told to whoever asked
    this.#parts.roots.close()
    this.objects.close()
    await this.objects.backend.close()
  }

  /** What is committed now. Who asks at the same time shares one look. */
  async loadNewest(): Promise<Version> {
    this.#assertOpen()
    this.#loading ??= this.#load().finally(() => {
      this.#loading = undefined
    })
    return this.#loading
  }

  async #load(): Promise<Version> {
    const { roots, freshness } = this.#parts
    const found = await chooseForReader(() => roots.read(), this.storeId, freshness)
    if (this.#version !== undefined && equalBytes(found.hash, this.#version.rootHash)) return this.#version
    this.objects.changeKeys(found.keys)
    roots.handOver(found.keys)
    this.objects.minEpoch = found.root.minEpoch
    this.#version = await loadVersion(found, this.objects)
    return this.#version
  }

  #assertOpen(): void {
    if (this.#isClosed) throw new UnavailableError('ERR_STORE_CLOSED', 'store: it is closed')
  }
}

function readOnly(): UsageError {
  return new UsageError('ERR_USAGE_STORE', 'store: it was opened for reading only')
}
