// Index nodes in memory, as many as fit into a number of bytes; those that were used last stay.
import { toHex } from '../../core/index.js'
import { type IndexNode, parseNode } from './index-node.js'
import type { Objects } from './objects.js'
import type { ObjectRef } from './store.js'

interface Cached {
  readonly node: IndexNode
  readonly bytes: number
}

/** A parsed node takes about as much again as its bytes, for keys and references. */
const overhead = 2

export class NodeCache {
  readonly #objects: Objects
  readonly #maxBytes: number
  readonly #nodes = new Map<string, Cached>()
  readonly #loading = new Map<string, Promise<IndexNode>>()
  #bytes = 0

  constructor(objects: Objects, maxBytes: number) {
    this.#objects = objects
    this.#maxBytes = maxBytes
  }

  get bytes(): number {
    return this.#bytes
  }

  /** At once when it is in memory. @throws SealError, UnavailableError */
  load(ref: ObjectRef): IndexNode | Promise<IndexNode> {
    const key = toHex(ref.objectId)
    const cached = this.#nodes.get(key)
    if (cached === undefined) return this.#loading.get(key) ?? this.#fetch(key, ref)
    this.#nodes.delete(key)
    this.#nodes.set(key, cached)
    return cached.node
  }

  keep(ref: ObjectRef, node: IndexNode): void {
    this.#keep(toHex(ref.objectId), ref, node)
  }

  #fetch(key: string, ref: ObjectRef): Promise<IndexNode> {
    const loading = this.#read(ref)
      .then((node) => {
        this.#keep(key, ref, node)
        return node
      })
      .finally(() => this.#loading.delete(key))
    this.#loading.set(key, loading)
    return loading
  }

  async #read(ref: ObjectRef): Promise<IndexNode> {
    return parseNode(await this.#objects.openWhole('index', ref))
  }

  #keep(key: string, ref: ObjectRef, node: IndexNode): void {
    if (this.#nodes.has(key)) return
    const bytes = overhead * ref.sealedLength
    this.#nodes.set(key, { node, bytes })
    this.#bytes += bytes
    for (const [oldest, { bytes: freed }] of this.#nodes) {
      if (this.#bytes <= this.#maxBytes) break
      this.#nodes.delete(oldest)
      this.#bytes -= freed
    }
  }
}
