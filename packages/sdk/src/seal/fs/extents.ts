// Which object holds which stretch of a file. Kept in order and without overlaps; what no extent covers is zeros.
import type { Extent } from '../store/store.js'

/** Of a file: a stretch that is in an object, or one of zeros. */
export interface Piece {
  readonly at: number
  readonly length: number
  readonly extent?: Extent
}

/** `added` lies over what was there. Both in order; the result too. */
export function overlay(extents: readonly Extent[], added: readonly Extent[]): readonly Extent[] {
  const last = extents.at(-1)
  const [first] = added
  if (first === undefined) return extents
  if (last === undefined || last.at + last.length <= first.at) return join([...extents, ...added])
  const kept = added.reduce<readonly Extent[]>((rest, { at, length }) => cut(rest, at, at + length), extents)
  return join([...kept, ...added].sort((a, b) => a.at - b.at))
}

/** Without what lies at `size` and behind it. */
export function trim(extents: readonly Extent[], size: number): readonly Extent[] {
  return cut(extents, size, Number.POSITIVE_INFINITY)
}

/** What `[at, at + length)` consists of, in order. */
export function piecesOf(extents: readonly Extent[], at: number, length: number): readonly Piece[] {
  const pieces: Piece[] = []
  const end = at + length
  let position = at
  for (let i = firstReaching(extents, at); position < end; i++) {
    const extent = extents[i]
    if (extent === undefined || extent.at >= end) {
      pieces.push({ at: position, length: end - position })
      break
    }
    if (extent.at > position) pieces.push({ at: position, length: extent.at - position })
    const from = Math.max(position, extent.at)
    position = Math.min(end, extent.at + extent.length)
    pieces.push({ at: from, length: position - from, extent })
  }
  return pieces
}

/** Index of the first extent that ends behind `at`. */
function firstReaching(extents: readonly Extent[], at: number): number {
  let low = 0
  let high = extents.length
  while (low < high) {
    const middle = (low + high) >>> 1
    const extent = extents[middle]
    if (extent !== undefined && extent.at + extent.length <= at) low = middle + 1
    else high = middle
  }
  return low
}

/** Without `[from, to)`. */
function cut(extents: readonly Extent[], from: number, to: number): readonly Extent[] {
  return extents.flatMap((extent) => {
    const end = extent.at + extent.length
    if (end <= from || extent.at >= to) return [extent]
    const head = extent.at < from ? [{ ...extent, length: from - extent.at }] : []
    const tail = end > to ? [{ ...extent, at: to, from: extent.from + to - extent.at, length: end - to }] : []
    return [...head, ...tail]
  })
}

/** Neighbours that are neighbours in the same object too become one. */
function join(extents: readonly Extent[]): readonly Extent[] {
  const joined: Extent[] = []
  for (const extent of extents) {
    const before = joined.at(-1)
    if (before !== undefined && continues(before, extent)) {
      joined[joined.length - 1] = { ...before, length: before.length + extent.length }
    } else joined.push(extent)
  }
  return joined
}

function continues(before: Extent, extent: Extent): boolean {
  return (
    before.object === extent.object &&
    before.at + before.length === extent.at &&
    before.from + before.length === extent.from
  )
}
