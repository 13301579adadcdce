// Objects of this process that no entry names yet, and blobs that are gone: garbage collection spares the ones, transactions refuse the others.
import { SealError, toHex } from '../../core/index.js'
import type { Unlinked } from './content-writer.js'
import { objectsOf } from './entry.js'
import type { Entry } from './store.js'

export class UnlinkedObjects implements Unlinked {
  readonly #held = new Map<string, string>()
  readonly #gone = new Set<string>()

  hold(id: string, blob: string): void {
    this.#held.set(id, blob)
  }

  settle(id: string): void {
    this.#held.delete(id)
  }

  /** The entry is part of a transaction that goes to the disk. */
  settleAll(entries: readonly Entry[]): void {
    if (this.#held.size === 0) return
    for (const object of entries.flatMap(objectsOf)) this.#held.delete(toHex(object.objectId))
  }

  /** Blobs that must stay. */
  heldBlobs(): ReadonlySet<string> {
    return new Set(this.#held.values())
  }

  removed(blob: string): void {
    this.#gone.add(blob)
  }

  /** @throws SealError ERR_SEALED_MISSING for an entry out of an old view whose object was collected or lost its key since */
  assertPresent(entry: Entry, minEpoch: number): void {
    if (this.#gone.size === 0 && minEpoch === 0) return
    const lost = objectsOf(entry).find(({ blob, epoch }) => epoch < minEpoch || this.#gone.has(blob))
    if (lost === undefined) return
    throw new SealError(
      'ERR_SEALED_MISSING',
      `blob ${lost.blob}: it was collected or sealed anew; take the entry from a new view`,
      {
        details: { field: lost.blob }
      }
    )
  }
}
