// Writes the drafts of an index, leaves first: a node can be written when its children have their places.

import { encodeNode, type IndexNode } from './index-node.js'
import { type Draft, isDraft, isDraftLeaf } from './index-update.js'
import type { NodeCache } from './node-cache.js'
import type { Objects } from './objects.js'
import type { ObjectRef } from './store.js'

/** So many nodes are sealed at a time. */
const nodesAtOnce = 64

/** Answers where the root is. It is made longer so that the whole has a rounded length. */
export async function writeIndex(
  root: Draft,
  generation: bigint,
  objects: Objects,
  nodes: NodeCache
): Promise<ObjectRef> {
  const places = new Map<Draft, ObjectRef>()
  const levels = draftsByLevel(root)
  for (const drafts of levels) await writeLevel(drafts.filter((draft) => draft !== root))
  const node = nodeOf(root, places)
  const ref = await objects.appendPadded('index', generation, (length) => encodeNode(node, length))
  nodes.keep(ref, node)
  return ref

  async function writeLevel(drafts: readonly Draft[]): Promise<void> {
    for (let i = 0; i < drafts.length; i += nodesAtOnce) await writeSome(drafts.slice(i, i + nodesAtOnce))
  }

  async function writeSome(drafts: readonly Draft[]): Promise<void> {
    const made = drafts.map((draft) => nodeOf(draft, places))
    const refs = await objects.append(
      'index',
      generation,
      made.map((one) => encodeNode(one))
    )
    refs.forEach((place, i) => {
      places.set(drafts[i] as Draft, place)
      nodes.keep(place, made[i] as IndexNode)
    })
  }
}

/** Lowest level first. */
function draftsByLevel(root: Draft): readonly Draft[][] {
  const levels: Draft[][] = []
  const collect = (draft: Draft): void => {
    levels[draft.level] ??= []
    levels[draft.level]?.push(draft)
    if (isDraftLeaf(draft)) return
    for (const { child } of draft.items) if (isDraft(child)) collect(child)
  }
  collect(root)
  return levels.map((level) => level ?? [])
}

function nodeOf(draft: Draft, places: ReadonlyMap<Draft, ObjectRef>): IndexNode {
  if (isDraftLeaf(draft)) return { level: 0, keys: draft.keys, values: draft.values }
  const children = draft.items.map(({ child }) => (isDraft(child) ? (places.get(child) as ObjectRef) : child)) // lower levels come first
  return { level: draft.level, keys: draft.items.map(({ key }) => key), children }
}
