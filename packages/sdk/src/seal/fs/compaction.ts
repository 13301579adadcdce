// Files that are written in many small steps consist of many extents: when they are too many, neighbours are written anew as one.
import type { Extent, Store } from '../store/store.js'
import { overlay } from './extents.js'
import { readExtents } from './read-extents.js'

/** So many extents are always fine; large files may have more, up to the most. The list is written with every commit of the file. */
const fewExtents = 128
const mostExtents = 4096
const bytesForOneMore = 262_144

/** Longer holes stay holes. */
const maxFilledHole = 65_536

const pieceBytes = 1 << 20

/** The same content in fewer extents; the very same list when they are few. */
export async function compact(
  store: Pick<Store, 'view' | 'writeContent'>,
  extents: readonly Extent[]
): Promise<readonly Extent[]> {
  let compacted = extents
  for (const stretch of planCompaction(extents)) {
    compacted = overlay(compacted, [await rewrite(store, extents, stretch)])
  }
  return compacted
}

async function rewrite(
  store: Pick<Store, 'view' | 'writeContent'>,
  extents: readonly Extent[],
  { at, length }: Stretch
): Promise<Extent> {
  const view = await store.view()
  const writer = store.writeContent()
  for (let done = 0; done < length; ) {
    const part = new Uint8Array(Math.min(pieceBytes, length - done))
    await readExtents(view, extents, part, at + done)
    await writer.write(part)
    done += part.length
  }
  return { at, length, from: 0, object: await writer.finish() }
}

/** Part of a file that is to be written as one object. */
export interface Stretch {
  readonly at: number
  readonly length: number
}

/** Extents side by side that become one. */
interface Group extends Stretch {
  readonly count: number
}

/**
 * What to write anew so that about half of what is allowed is left, moving few bytes: small neighbours first. Appending to a log moves
 * each byte a logarithmic number of times.
 */
export function planCompaction(extents: readonly Extent[]): readonly Stretch[] {
  const allowed = allowedFor(extents)
  if (extents.length <= allowed) return []
  const groups: Group[] = extents.map(({ at, length }) => ({ at, length, count: 1 }))
  const costs = groups.slice(1).map((_, i) => costOfJoining(groups, i))
  while (groups.length > allowed / 2 && joinCheapest(groups, costs));
  return groups.filter(({ count }) => count > 1)
}

function allowedFor(extents: readonly Extent[]): number {
  const bytes = extents.reduce((sum, { length }) => sum + length, 0)
  return Math.min(mostExtents, Math.max(fewExtents, Math.floor(bytes / bytesForOneMore)))
}

/** False where only long holes are between what is left. */
function joinCheapest(groups: Group[], costs: number[]): boolean {
  const best = indexOfLeast(costs)
  const [left, right] = [groups[best], groups[best + 1]]
  if (left === undefined || right === undefined || costs[best] === Number.POSITIVE_INFINITY) return false
  groups.splice(best, 2, { at: left.at, length: right.at + right.length - left.at, count: left.count + right.count })
  costs.splice(best, 1)
  for (const i of [best - 1, best]) if (i >= 0 && i < costs.length) costs[i] = costOfJoining(groups, i)
  return true
}

function costOfJoining(groups: readonly Group[], i: number): number {
  const [left, right] = [groups[i], groups[i + 1]]
  if (left === undefined || right === undefined) return Number.POSITIVE_INFINITY
  const hole = right.at - left.at - left.length
  return hole > maxFilledHole ? Number.POSITIVE_INFINITY : left.length + right.length
}

function indexOfLeast(costs: readonly number[]): number {
  let best = 0
  for (let i = 1; i < costs.length; i++) if ((costs[i] ?? 0) < (costs[best] ?? 0)) best = i
  return best
}
