// The tree over a batch of leaves: RFC 9162 §2.1 with SHA-512. Leaves and nodes are hashed under different prefixes, and a path is
// followed with index and size known, so that a node cannot pass for a leaf.
import { concatBytes, EvidenceError } from '../core/index.js'
import { sha512, sha512Bytes } from './digest.js'

export const maxTreeDepth = 16
export const maxTreeSize: number = 1 << maxTreeDepth

/** Where a leaf stands in a tree, and the hashes that lead from it to the root. */
export interface InclusionPath {
  readonly index: number
  readonly size: number
  /** From the leaf upwards, 64 bytes each. */
  readonly path: readonly Uint8Array[]
}

export interface MerkleTree {
  /** 64 bytes. */
  readonly root: Uint8Array
  pathOf(index: number): InclusionPath
}

const leafPrefix = Uint8Array.of(0)
const nodePrefix = Uint8Array.of(1)

/** The tree over 1 to 65,536 leaves. */
export function createMerkleTree(leaves: readonly Uint8Array[]): MerkleTree {
  const levels: (readonly Uint8Array[])[] = [leaves.map(hashLeaf)]
  for (let level = levels[0] ?? []; level.length > 1; levels.push(level)) level = parentsOf(level)
  const [root = hashLeaf(new Uint8Array(0))] = levels.at(-1) ?? []
  return {
    root,
    pathOf: (index) => ({ index, size: leaves.length, path: siblingsOf(levels, index) })
  }
}

/**
 * The root that `leaf` has under a path from a peer (RFC 9162 §2.1.3.2). Whether it is the right one is for the caller to compare.
 * @throws EvidenceError ERR_TLS_BINDING for a path that no tree of this size has
 */
export function rootOf(leaf: Uint8Array, { index, size, path }: InclusionPath): Uint8Array {
  requireShape(index, size, path)
  let node = hashLeaf(leaf)
  let position = index
  let last = size - 1
  for (const sibling of path) {
    if (last === 0) throw noSuchPath('longer than the tree is deep')
    const isRight = position % 2 === 1 || position === last
    node = isRight ? hashNode(sibling, node) : hashNode(node, sibling)
    if (isRight) [position, last] = skipMissing(position, last)
    position >>= 1
    last >>= 1
  }
  if (last !== 0) throw noSuchPath('shorter than the tree is deep')
  return node
}

function requireShape(index: number, size: number, path: readonly Uint8Array[]): void {
  if (!Number.isInteger(size) || size < 1 || size > maxTreeSize) throw noSuchPath('of no possible size')
  if (!Number.isInteger(index) || index < 0 || index >= size) throw noSuchPath('of a leaf outside the tree')
  if (path.length > maxTreeDepth) throw noSuchPath(`deeper than ${maxTreeDepth}`)
  if (path.some((hash) => hash.length !== sha512Bytes)) throw noSuchPath('with a hash of another length')
}

/** The last node of a level may have no sibling and rise unchanged: go up until it is a right child. */
function skipMissing(position: number, last: number): [number, number] {
  let [p, l] = [position, last]
  while (p % 2 === 0 && p !== 0) {
    p >>= 1
    l >>= 1
  }
  return [p, l]
}

function parentsOf(level: readonly Uint8Array[]): readonly Uint8Array[] {
  const parents: Uint8Array[] = []
  for (let i = 0; i < level.length; i += 2) {
    const [left, right] = level.slice(i, i + 2)
    if (left !== undefined) parents.push(right === undefined ? left : hashNode(left, right))
  }
  return parents
}

function siblingsOf(levels: readonly (readonly Uint8Array[])[], index: number): readonly Uint8Array[] {
  return levels.slice(0, -1).flatMap((level, height) => {
    const sibling = level[(index >> height) ^ 1]
    return sibling === undefined ? [] : [sibling]
  })
}

function hashLeaf(leaf: Uint8Array): Uint8Array {
  return sha512(concatBytes(leafPrefix, leaf))
}

function hashNode(left: Uint8Array, right: Uint8Array): Uint8Array {
  return sha512(concatBytes(nodePrefix, left, right))
}

function noSuchPath(problem: string): EvidenceError {
  return new EvidenceError('ERR_TLS_BINDING', `inclusion path: ${problem}`, { details: { field: 'proof' } })
}
