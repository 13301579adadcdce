// Changes to the index: nodes on the way to what changes are made anew, the others stay. Drafts are nodes that have not been written yet.
import type { Changes } from './delta.js'
import type { IndexKey } from './index-key.js'
import { innerItemBytes, isLeaf, type LeafNode, leafItemBytes, targetNodeBytes } from './index-node.js'
import { childOf, type Expected, loadNode } from './index-tree.js'
import type { NodeCache } from './node-cache.js'
import type { ObjectRef } from './store.js'

export interface DraftLeaf extends LeafNode {
  readonly bytes: number
}

export interface DraftInner {
  readonly level: number
  readonly items: readonly Item[]
  readonly bytes: number
}

export type Draft = DraftLeaf | DraftInner

/** A child, and the least key below it. */
export interface Item {
  readonly key: IndexKey
  readonly child: ObjectRef | Draft
}

/** Which nodes are to be made anew although nothing in them changes: those that lie in a certain blob, or are of an old epoch. */
export type MustRewrite = (ref: ObjectRef) => boolean

type Sorted = readonly (readonly [IndexKey, Uint8Array | undefined])[]

/** The root of the index with `changes`: as it was, a draft, or nothing for no entries at all. */
export async function updateTree(
  nodes: NodeCache,
  root: ObjectRef | undefined,
  changes: Changes,
  mustRewrite?: MustRewrite
): Promise<ObjectRef | Draft | undefined> {
  const sorted = [...changes].sort(([a], [b]) => (a < b ? -1 : 1))
  const update = new TreeUpdate(nodes, mustRewrite)
  if (root === undefined) return raise(splitLeaf(mergeValues([], [], sorted)), 1)
  const items = await update.node({ ref: root, from: '' }, '', sorted)
  return raise(items, update.rootLevel + 1)
}

export function isDraft(child: ObjectRef | Draft): child is Draft {
  return 'bytes' in child
}

export function isDraftLeaf(draft: Draft): draft is DraftLeaf {
  return draft.level === 0
}

class TreeUpdate {
  readonly #nodes: NodeCache
  readonly #mustRewrite: MustRewrite | undefined
  rootLevel = 0

  constructor(nodes: NodeCache, mustRewrite: MustRewrite | undefined) {
    this.#nodes = nodes
    this.#mustRewrite = mustRewrite
  }

  /** What stands in the place of a node: none, one, or several of its level. */
  async node(expected: Expected, key: IndexKey, changes: Sorted): Promise<readonly Item[]> {
    const unchanged = [{ key, child: expected.ref }]
    const isDue = this.#mustRewrite?.(expected.ref) === true
    if (changes.length === 0 && (this.#mustRewrite === undefined || (expected.level === 0 && !isDue))) return unchanged
    const node = await loadNode(this.#nodes, expected)
    this.rootLevel = Math.max(this.rootLevel, node.level)
    if (isLeaf(node)) {
      return changes.length === 0 && !isDue ? unchanged : splitLeaf(mergeValues(node.keys, node.values, changes))
    }
    const items: Item[] = []
    let start = 0
    for (let i = 0; i < node.keys.length; i++) {
      const end = firstFrom(changes, node.keys[i + 1], start)
      const own = (i === 0 ? expected.from : node.keys[i]) ?? ''
      items.push(...(await this.node(childOf(node, i, expected), i === 0 ? key : own, changes.slice(start, end))))
      start = end
    }
    if (!isDue && !items.some(({ child }) => isDraft(child)) && items.length === node.keys.length) return unchanged
    return splitInner(await this.#joinSmall(items), node.level)
  }

  /** Nodes that have shrunk join a neighbour. */
  async #joinSmall(items: readonly Item[]): Promise<readonly Item[]> {
    const joined: Item[] = []
    for (const item of items) {
      const before = joined.at(-1)
      if (before === undefined || !(isSmall(before.child) || isSmall(item.child))) joined.push(item)
      else joined.splice(-1, 1, ...(await this.#join(before, item)))
    }
    return joined
  }

  async #join(a: Item, b: Item): Promise<readonly Item[]> {
    const [left, right] = [await this.#draftOf(a), await this.#draftOf(b)]
    if (isDraftLeaf(left) && isDraftLeaf(right)) {
      return splitLeaf({ keys: [...left.keys, ...right.keys], values: [...left.values, ...right.values] })
    }
    if (isDraftLeaf(left) || isDraftLeaf(right)) return [a, b]
    return splitInner([...left.items, ...right.items], left.level)
  }

  async #draftOf({ key, child }: Item): Promise<Draft> {
    if (isDraft(child)) return child
    const node = await loadNode(this.#nodes, { ref: child, from: key })
    if (isLeaf(node)) return { ...node, bytes: child.sealedLength }
    const items = node.children.map((grandchild, i) => ({
      key: i === 0 ? key : (node.keys[i] ?? key),
      child: grandchild
    }))
    return { level: node.level, items, bytes: child.sealedLength }
  }
}

/** Index of the first change that is not before `key`. */
function firstFrom(changes: Sorted, key: IndexKey | undefined, start: number): number {
  if (key === undefined) return changes.length
  let [low, high] = [start, changes.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((changes[middle] as Sorted[number])[0] < key) low = middle + 1
    else high = middle
  }
  return low
}

function isSmall(child: ObjectRef | Draft): boolean {
  return isDraft(child) && child.bytes < targetNodeBytes / 4
}

type Leaf = Pick<LeafNode, 'keys' | 'values'>

function mergeValues(keys: readonly IndexKey[], values: readonly Uint8Array[], changes: Sorted): Leaf {
  const merged: { keys: IndexKey[]; values: Uint8Array[] } = { keys: [], values: [] }
  let i = 0
  const takeUpTo = (key: IndexKey | undefined) => {
    for (; i < keys.length && (key === undefined || (keys[i] as IndexKey) < key); i++) {
      merged.keys.push(keys[i] as IndexKey)
      merged.values.push(values[i] as Uint8Array)
    }
  }
  for (const [key, value] of changes) {
    takeUpTo(key)
    if (keys[i] === key) i++
    if (value === undefined) continue
    merged.keys.push(key)
    merged.values.push(value)
  }
  takeUpTo(undefined)
  return merged
}

function splitLeaf({ keys, values }: Leaf): readonly Item[] {
  const sizes = keys.map((key, i) => leafItemBytes(key, values[i] as Uint8Array))
  return split(sizes).map(({ start, end, bytes }) => ({
    key: keys[start] ?? '',
    child: { level: 0, keys: keys.slice(start, end), values: values.slice(start, end), bytes }
  }))
}

function splitInner(items: readonly Item[], level: number): readonly Item[] {
  const sizes = items.map(({ key, child }) => (isDraft(child) ? 60 + key.length : innerItemBytes(key, child)))
  return split(sizes).map(({ start, end, bytes }) => ({
    key: items[start]?.key ?? '',
    child: { level, items: items.slice(start, end), bytes }
  }))
}

/** Even parts, no more of them than needed. */
function split(sizes: readonly number[]): { start: number; end: number; bytes: number }[] {
  const total = sizes.reduce((sum, size) => sum + size, 0)
  const wanted = total / Math.max(1, Math.ceil(total / targetNodeBytes))
  const parts: { start: number; end: number; bytes: number }[] = []
  let [start, bytes] = [0, 0]
  sizes.forEach((size, i) => {
    bytes += size
    if (bytes < wanted - 0.5 && i < sizes.length - 1) return
    parts.push({ start, end: i + 1, bytes })
    start = i + 1
    bytes = 0
  })
  return parts
}

/** Levels on top until there is one root; levels of a single child go. */
function raise(items: readonly Item[], level: number): ObjectRef | Draft | undefined {
  if (items.length > 1) return raise(splitInner(items, level), level + 1)
  const root = items[0]?.child
  if (root === undefined || !isDraft(root) || isDraftLeaf(root) || root.items.length > 1) return root
  return raise(root.items, level)
}
