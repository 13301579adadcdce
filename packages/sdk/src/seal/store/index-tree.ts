// Reading the index: one key, or all keys of a stretch. Nodes are loaded as they are needed, and must be what their parents say.
import { SealError } from '../../core/index.js'
import type { IndexKey } from './index-key.js'
import { type IndexNode, isLeaf, type LeafNode } from './index-node.js'
import type { NodeCache } from './node-cache.js'
import type { ObjectRef } from './store.js'

/** From `from` on, before `to`; without `to`, to the end. */
export interface KeyRange {
  readonly from: IndexKey
  readonly to?: IndexKey | undefined
}

/** A node as its parent announces it. */
export interface Expected extends KeyRange {
  readonly ref: ObjectRef
  /** Unknown for the root of the tree. */
  readonly level?: number
}

/** @throws as `checkNode` */
export async function loadNode(nodes: NodeCache, expected: Expected): Promise<IndexNode> {
  return checkNode(await nodes.load(expected.ref), expected)
}

/** @throws SealError ERR_SEALED_FORMAT for a node that does not belong where it is named */
export function checkNode(node: IndexNode, expected: Expected): IndexNode {
  if (expected.level !== undefined && node.level !== expected.level) throw misplaced('level')
  const [first, last] = [node.keys[0], node.keys.at(-1)]
  if (first !== undefined && first < expected.from) throw misplaced('first key')
  if (last !== undefined && expected.to !== undefined && last >= expected.to) throw misplaced('last key')
  return node
}

/** What is said of the node at `i`: its keys lie between its own and the next. */
export function childOf(node: IndexNode, i: number, { from, to }: KeyRange): Expected {
  if (isLeaf(node)) throw misplaced('level')
  return {
    ref: node.children[i] as ObjectRef, // the caller counts
    level: node.level - 1,
    from: i === 0 ? from : (node.keys[i] ?? from),
    to: node.keys[i + 1] ?? to
  }
}

/** The value of a key. */
export async function findInTree(
  nodes: NodeCache,
  root: ObjectRef | undefined,
  key: IndexKey
): Promise<Uint8Array | undefined> {
  if (root === undefined) return undefined
  let expected: Expected = { ref: root, from: '' }
  for (;;) {
    const node = await loadNode(nodes, expected)
    const i = lastUpTo(node.keys, key)
    if (isLeaf(node)) return node.keys[i] === key ? node.values[i] : undefined
    expected = childOf(node, Math.max(0, i), expected)
  }
}

/** The leaves that may hold keys of `range`, in order. */
export async function* scanLeaves(
  nodes: NodeCache,
  root: ObjectRef | undefined,
  range: KeyRange
): AsyncGenerator<LeafNode> {
  if (root !== undefined) yield* scanNode(nodes, { ref: root, from: '' }, range)
}

async function* scanNode(nodes: NodeCache, expected: Expected, range: KeyRange): AsyncGenerator<LeafNode> {
  const node = await loadNode(nodes, expected)
  if (isLeaf(node)) {
    yield node
    return
  }
  for (let i = Math.max(0, lastUpTo(node.keys, range.from)); i < node.keys.length; i++) {
    if (i > 0 && range.to !== undefined && (node.keys[i] ?? '') >= range.to) return
    yield* scanNode(nodes, childOf(node, i, expected), range)
  }
}

/** Index of the last key that is not greater; -1 when all are. */
export function lastUpTo(keys: readonly IndexKey[], key: IndexKey): number {
  let low = 0
  let high = keys.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((keys[middle] as IndexKey) <= key) low = middle + 1
    else high = middle
  }
  return low - 1
}

function misplaced(what: string): SealError {
  return new SealError('ERR_SEALED_FORMAT', `index node: its ${what} is not what its parent says`, {
    details: { field: what }
  })
}
