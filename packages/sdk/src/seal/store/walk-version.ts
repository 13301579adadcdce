// All of a version: its nodes, its deltas, its entries. What cannot be read is told, and the rest is walked all the same.
import { TresorError } from '../../core/index.js'
import { type Changes, parseDelta } from './delta.js'
import { type IndexKey, prefixOf } from './index-key.js'
import { type IndexNode, isLeaf, parseNode } from './index-node.js'
import { checkNode, childOf, type Expected } from './index-tree.js'
import type { Objects } from './objects.js'
import type { ObjectRef } from './store.js'
import type { Version } from './version.js'

export interface Walker {
  readonly objects: Objects
  readonly version: Version
  /** For each node and delta that was read, and each that could not be. */
  onObject?(ref: ObjectRef, kind: 'index' | 'delta'): void
  /** Without it, the walk ends with the error. */
  onProblem?(ref: ObjectRef, kind: 'index' | 'delta', error: TresorError): void
}

/** Entries of the store itself are in a directory that no path leads to. */
export const ownDirectory = 0n
const ownPrefix: string = prefixOf(ownDirectory)

export type EncodedEntry = readonly [key: IndexKey, value: Uint8Array]

/** Reads every node anew: what is in memory says nothing about the disk. Entries come in the order of the index, those of deltas last. */
export async function* walkVersion(walker: Walker): AsyncGenerator<EncodedEntry> {
  const { overlay, tick, root } = walker.version
  await walkDeltas(walker)
  const changes = overlay.changesUpTo(tick)
  if (root.index !== undefined) yield* walkNode(walker, { ref: root.index, from: '' }, changes)
  for (const [key, value] of changes) if (value !== undefined && !isOwn(key)) yield [key, value]
}

function isOwn(key: IndexKey): boolean {
  return key.startsWith(ownPrefix)
}

async function walkDeltas(walker: Walker): Promise<void> {
  let next = walker.version.root.delta
  while (next !== undefined) {
    const ref: ObjectRef = next
    const delta = await attempt(walker, ref, 'delta', async () =>
      parseDelta(await walker.objects.openWhole('delta', ref))
    )
    next = delta?.previous
  }
}

async function* walkNode(walker: Walker, expected: Expected, changes: Changes): AsyncGenerator<EncodedEntry> {
  const node = await attempt(walker, expected.ref, 'index', async () =>
    checkNode(parseNode(await walker.objects.openWhole('index', expected.ref)), expected)
  )
  if (node === undefined) return
  if (isLeaf(node)) yield* unchangedOf(node, changes)
  else for (let i = 0; i < node.keys.length; i++) yield* walkNode(walker, childOf(node, i, expected), changes)
}

function* unchangedOf(node: IndexNode, changes: Changes): Generator<EncodedEntry> {
  if (!isLeaf(node)) return
  for (const [i, key] of node.keys.entries()) {
    const value = node.values[i]
    if (value !== undefined && !changes.has(key) && !isOwn(key)) yield [key, value]
  }
}

async function attempt<T>(
  walker: Walker,
  ref: ObjectRef,
  kind: 'index' | 'delta',
  work: () => Promise<T>
): Promise<T | undefined> {
  walker.onObject?.(ref, kind)
  try {
    return await work()
  } catch (error) {
    if (walker.onProblem === undefined || !TresorError.is(error)) throw error
    walker.onProblem(ref, kind, error)
    return undefined
  }
}
