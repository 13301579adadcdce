// One consistent version: the index, and what lies over it.
import { SealError } from '../../core/index.js'
import { parseEntry } from './entry.js'
import { type IndexKey, keyOf, nameOf, prefixOf } from './index-key.js'
import { findInTree, scanLeaves } from './index-tree.js'
import type { NodeCache } from './node-cache.js'
import type { Objects } from './objects.js'
import type { Layer } from './overlay.js'
import type { Entry, Inode, ObjectRef, View } from './store.js'

export interface ViewSource {
  readonly sequence: bigint
  readonly index: ObjectRef | undefined
  /** The uppermost first. */
  readonly layers: readonly Layer[]
}

type Value = readonly [key: IndexKey, value: Uint8Array]

export class StoreView implements View {
  readonly sequence: bigint
  readonly #source: ViewSource
  readonly #nodes: NodeCache
  readonly #objects: Objects

  constructor(source: ViewSource, nodes: NodeCache, objects: Objects) {
    this.sequence = source.sequence
    this.#source = source
    this.#nodes = nodes
    this.#objects = objects
  }

  async get(directory: Inode, name: string): Promise<Entry | undefined> {
    const value = await this.getValue(keyOf(directory, name))
    return value === undefined ? undefined : parseEntry(value)
  }

  async *list(directory: Inode, after?: string): AsyncGenerator<readonly [name: string, entry: Entry]> {
    for await (const [key, value] of this.listValues(directory, after)) {
      const name = nameOf(key)
      if (name === undefined) throw new SealError('ERR_SEALED_FORMAT', 'index: a name is not UTF-8')
      yield [name, parseEntry(value)]
    }
  }

  async readObject(object: ObjectRef, offset: number, target: Uint8Array): Promise<void> {
    if (target.length > 0) await this.#objects.readContent(object, offset, target)
  }

  async getValue(key: IndexKey): Promise<Uint8Array | undefined> {
    const found = this.#find(key)
    return found === undefined ? findInTree(this.#nodes, this.#source.index, key) : found.value
  }

  /** In the order of the keys. What changes while it goes on may be seen or not. */
  async *listValues(directory: Inode, after?: string): AsyncGenerator<Value> {
    const prefix = prefixOf(directory)
    const from = after === undefined ? prefix : `${keyOf(directory, after)}\u0000`
    const above = this.#keysAbove(prefix, from)
    let next = 0
    for await (const leaf of scanLeaves(this.#nodes, this.#source.index, { from, to: successor(prefix) })) {
      for (let i = 0; i < leaf.keys.length; i++) {
        const key = leaf.keys[i] as IndexKey
        if (key < from || !key.startsWith(prefix)) continue
        for (; next < above.length && (above[next] as IndexKey) < key; next++) yield* this.#changed(above[next])
        if (above[next] !== key) yield [key, leaf.values[i] as Uint8Array]
      }
    }
    for (; next < above.length; next++) yield* this.#changed(above[next])
  }

  #find(key: IndexKey) {
    for (const layer of this.#source.layers) {
      const found = layer.find(key)
      if (found !== undefined) return found
    }
    return undefined
  }

  /** Sorted keys of what changed in a directory. */
  #keysAbove(prefix: string, from: IndexKey): readonly IndexKey[] {
    const keys = new Set<IndexKey>()
    for (const layer of this.#source.layers) {
      for (const key of layer.keysOf(prefix)) if (key >= from && this.#find(key) !== undefined) keys.add(key)
    }
    return [...keys].sort((a, b) => (a < b ? -1 : 1))
  }

  #changed(key: IndexKey | undefined): readonly Value[] {
    const value = key === undefined ? undefined : this.#find(key)?.value
    return key === undefined || value === undefined ? [] : [[key, value]]
  }
}

/** Behind every key of the directory. */
function successor(prefix: string): string | undefined {
  for (let i = prefix.length - 1; i >= 0; i--) {
    const code = prefix.charCodeAt(i)
    if (code < 0xff) return prefix.slice(0, i) + String.fromCharCode(code + 1)
  }
  return undefined
}
