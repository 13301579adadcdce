// Where raw collateral outlives the memory of one engine. A store is not trusted: what comes out of it is read as strictly as an
// answer of the service, and certificates and signed data are verified by whoever uses them.
import { expectInteger } from '../../core/index.js'
import { BoundedMap } from './bounded-map.js'

export interface CollateralRecord {
  readonly bytes: Uint8Array
  readonly fetchedAt: Date
}

export interface CollateralStore {
  /** `undefined` for what is not there or cannot be used. */
  get(key: string): Promise<CollateralRecord | undefined>
  /** Replaces the record as a whole, or leaves the old one. */
  put(key: string, record: CollateralRecord): Promise<void>
  /** Keys of what is there. */
  list?(): Promise<readonly string[]>
}

/** Remembers the `maxItems` records that were used last, as long as the process lives. */
export function memoryStore(maxItems = 1024): CollateralStore {
  const records = new BoundedMap<CollateralRecord>(expectInteger(maxItems, [1, 1 << 20], 'maxItems'))
  return {
    get: async (key) => records.get(key),
    put: async (key, record) => records.set(key, record),
    list: async () => records.keys()
  }
}
