// Reads a file's content from its objects.
import type { Extent, View } from '../store/store.js'
import { piecesOf } from './extents.js'

/** Fills `target` with the file's bytes from `at` on. @throws SealError for what does not authenticate */
export async function readExtents(
  view: Pick<View, 'readObject'>,
  extents: readonly Extent[],
  target: Uint8Array,
  at: number
): Promise<void> {
  for (const { at: start, length, extent } of piecesOf(extents, at, target.length)) {
    const part = target.subarray(start - at, start - at + length)
    if (extent === undefined) part.fill(0)
    else await view.readObject(extent.object, extent.from + start - extent.at, part)
  }
}
