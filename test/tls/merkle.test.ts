import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { concatBytes } from '../../packages/sdk/src/core/index.js'
import { createMerkleTree, type InclusionPath, maxTreeSize, rootOf } from '../../packages/sdk/src/tls/merkle.js'

const sizes = [...Array.from({ length: 34 }, (_, i) => i + 1), 100, 1000]

describe('a tree of leaves', () => {
  test.each(sizes)('of %d has the root that RFC 9162 defines', (size) => {
    const leaves = makeLeaves(size)
    expect(createMerkleTree(leaves).root).toEqual(treeHash(leaves))
  })

  test.each(sizes)('of %d leads from each leaf to its root', (size) => {
    const leaves = makeLeaves(size)
    const { root, pathOf } = createMerkleTree(leaves)
    const roots = leaves.map((leaf, index) => rootOf(leaf, pathOf(index)))
    expect(roots.filter((found) => Buffer.compare(found, root) !== 0)).toEqual([])
  })

  test('does not lead from another leaf, or from another place, to its root', () => {
    const leaves = makeLeaves(13)
    const { root, pathOf } = createMerkleTree(leaves)
    for (const [index, leaf] of leaves.entries()) {
      const others = leaves.filter((other) => other !== leaf)
      for (const other of others) expect(rootOf(other, pathOf(index))).not.toEqual(root)
      for (let place = 0; place < 13; place++) {
        if (place !== index) expect(outcome(leaf, { ...pathOf(index), index: place })).not.toEqual(root)
      }
    }
  })

  test('does not take an inner node for a leaf', () => {
    const leaves = makeLeaves(4)
    const { root, pathOf } = createMerkleTree(leaves)
    const [sibling, uncle] = pathOf(0).path
    const node = concatBytes(hash(0, leaves[0]), sibling ?? new Uint8Array(0)) // what the node above leaf 0 hashes, without prefix
    expect(rootOf(node, { index: 0, size: 2, path: [uncle ?? new Uint8Array(0)] })).not.toEqual(root)
  })
})

describe('a path from a peer', () => {
  const leaves = makeLeaves(5)
  const { pathOf } = createMerkleTree(leaves)
  const [leaf = new Uint8Array(0)] = leaves
  const good = pathOf(0)

  test.each<[string, Partial<InclusionPath>]>([
    ['that is too short', { path: good.path.slice(1) }],
    ['that is too long', { path: [...good.path, good.path[0] ?? leaf] }],
    ['for a smaller tree', { size: 2 }],
    ['for a larger tree', { size: 9 }],
    ['for a leaf outside the tree', { index: 5 }],
    ['for a negative leaf', { index: -1 }],
    ['for half a leaf', { index: 0.5 }],
    ['for an empty tree', { size: 0 }],
    ['for a tree that is too large', { size: maxTreeSize + 1 }],
    ['with a short hash', { path: [new Uint8Array(63), ...good.path.slice(1)] }],
    ['that is deeper than any tree', { path: Array.from({ length: 17 }, () => leaf) }]
  ])('%s is refused', (_, change) => {
    expect(() => rootOf(leaf, { ...good, ...change })).toThrow(expect.objectContaining({ code: 'ERR_TLS_BINDING' }))
  })

  test('that was changed in any hash leads elsewhere', () => {
    const { root } = createMerkleTree(leaves)
    for (const i of good.path.keys()) {
      const path = good.path.map((step, at) => (at === i ? step.map((byte) => byte ^ 1) : step))
      expect(rootOf(leaf, { ...good, path })).not.toEqual(root)
    }
  })
})

/** The definition of RFC 9162 §2.1.1, word by word. */
function treeHash(leaves: readonly Uint8Array[]): Uint8Array {
  if (leaves.length === 1) return hash(0, leaves[0])
  let split = 1
  while (split * 2 < leaves.length) split *= 2
  return hash(1, treeHash(leaves.slice(0, split)), treeHash(leaves.slice(split)))
}

function hash(prefix: number, ...parts: readonly (Uint8Array | undefined)[]): Uint8Array {
  const sha = createHash('sha512').update(Uint8Array.of(prefix))
  for (const part of parts) sha.update(part ?? new Uint8Array(0))
  return new Uint8Array(sha.digest())
}

function makeLeaves(count: number): Uint8Array[] {
  return Array.from({ length: count }, (_, i) => new Uint8Array(createHash('sha512').update(`leaf ${i}`).digest()))
}

function outcome(leaf: Uint8Array, path: InclusionPath): unknown {
  try {
    return rootOf(leaf, path)
  } catch (error) {
    return error
  }
}
