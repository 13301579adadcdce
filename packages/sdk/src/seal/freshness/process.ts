// Freshness for the time that this process runs: whatever opens a store in it, and however often, sees no older version than before.
import { expectBytes, toHex } from '../../core/index.js'
import { expectAnchor, planAdvance } from './anchors.js'
import type { Anchor, Freshness } from './freshness.js'

/**
 * Remembers versions in the memory of this process: for all handles, after closing and reopening, in all copies of this package that are
 * loaded into a thread. It knows nothing of what was before the process, of worker threads, and of other processes: after a restart an old
 * copy of a store is taken for the newest. For more use `tpmFreshness` or a broker.
 */
export function processFreshness(): Freshness {
  return createProcessFreshness(sharedMemory())
}

export function createProcessFreshness(memory: Map<string, Anchor>): Freshness {
  const nameOf = (storeId: Uint8Array) => toHex(expectBytes(storeId, 16, 'storeId'))
  return {
    level: 'process',
    read: async (storeId) => copyOf(memory.get(nameOf(storeId))),
    advance: async (storeId, expected, next) => {
      const name = nameOf(storeId)
      const wanted = planAdvance(memory.get(name), expected, next)
      if (wanted !== undefined) memory.set(name, wanted)
    },
    reset: async (storeId, anchor) => {
      memory.set(nameOf(storeId), expectAnchor(anchor))
    }
  }
}

const place = Symbol.for('@tresor/sdk.freshness.1')

/** One for all copies of this package: a second copy that knew nothing would take an old store for new. */
function sharedMemory(): Map<string, Anchor> {
  const found: unknown = Reflect.get(globalThis, place)
  if (found instanceof Map) return found
  const memory = new Map<string, Anchor>()
  Reflect.defineProperty(globalThis, place, { value: memory })
  return memory
}

function copyOf(anchor: Anchor | undefined): Anchor | undefined {
  return anchor === undefined ? undefined : { sequence: anchor.sequence, rootHash: anchor.rootHash.slice() }
}
