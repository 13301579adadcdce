// All that a host holds of a store, as a value that it may change, and a backend that serves it.
import { TresorError } from '../../../packages/sdk/src/core/index.js'
import type { Backend, Place } from '../../../packages/sdk/src/seal/backends/backend.js'
import { expectName } from '../../../packages/sdk/src/seal/backends/names.js'
import { cutRange, missingBlob } from '../../../packages/sdk/src/seal/backends/whole-bytes.js'

export interface Snapshot {
  readonly blobs: ReadonlyMap<string, Uint8Array>
  readonly keyrings: ReadonlyMap<string, Uint8Array>
  readonly slots: readonly [Uint8Array, Uint8Array]
}

export async function takeSnapshot(backend: Backend): Promise<Snapshot> {
  const blobs = new Map<string, Uint8Array>()
  for await (const { blob, bytes } of backend.list()) blobs.set(blob, await backend.read({ blob, offset: 0 }, bytes))
  const keyrings = new Map<string, Uint8Array>()
  for (const name of await backend.listKeyrings()) {
    keyrings.set(name, (await backend.readKeyring(name)) ?? new Uint8Array(0))
  }
  return { blobs, keyrings, slots: (await backend.readRoots()).slots }
}

export function serve(snapshot: Snapshot): Backend {
  const refuse = async (): Promise<never> => {
    throw new Error('a reader writes')
  }
  return {
    name: 'snapshot',
    isOccupied: async () => true,
    append: refuse,
    createBlob: refuse,
    flush: refuse,
    remove: refuse,
    writeKeyring: refuse,
    removeKeyring: refuse,
    swapRoot: refuse,
    lock: refuse,
    close: async () => undefined,
    readRoots: async () => ({ slots: snapshot.slots, version: '' }),
    readKeyring: async (name) => snapshot.keyrings.get(expectName(name)),
    listKeyrings: async () => [...snapshot.keyrings.keys()],
    async read(place: Place, length: number) {
      const bytes = snapshot.blobs.get(expectName(place.blob))
      if (bytes === undefined) throw missingBlob(place.blob)
      return cutRange(bytes, place, length)
    },
    async *list() {
      for (const [blob, { length }] of snapshot.blobs) yield { blob, bytes: length }
    }
  }
}

/** The code of an error of ours; anything else is thrown on. */
export function codeIn(error: unknown): string {
  if (TresorError.is(error)) return error.code
  throw error
}
