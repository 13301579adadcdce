// What is at hand: entries in memory, and below them the store, read once for all who ask.
import { TresorError } from '../../core/index.js'
import { BoundedMap } from './bounded-map.js'
import type { CollateralItem, CollateralLookup } from './collateral.js'
import { type Entry, isFresh, readEntry } from './entry.js'
import { Flights } from './flights.js'
import type { Settings } from './options.js'
import type { CollateralRecord } from './store.js'

export class Shelf {
  readonly #settings: Settings
  readonly #entries: BoundedMap<Entry<unknown>>
  readonly #storeErrors: BoundedMap<unknown>
  readonly #reads = new Flights()

  constructor(settings: Settings) {
    this.#settings = settings
    this.#entries = new BoundedMap(settings.maxMemoryItems)
    this.#storeErrors = new BoundedMap(settings.maxMemoryItems)
  }

  /** The entry that lasts longest. It may have expired. */
  async find<T>(item: CollateralItem<T>, { now, signal }: CollateralLookup): Promise<Entry<T> | undefined> {
    const held = this.#held(item)
    if (held !== undefined && isFresh(held, now)) return held
    const stored = await this.#reads.join(item.key, signal, () => this.#read(item))
    if (stored === undefined || (held !== undefined && held.notAfter >= stored.notAfter)) return held
    this.#entries.set(item.key, stored)
    return stored
  }

  /** Keeps an entry in memory and store. */
  async put(item: CollateralItem<unknown>, entry: Entry<unknown>): Promise<void> {
    this.#entries.set(item.key, entry)
    try {
      await this.#settings.store.put(item.key, { bytes: entry.bytes, fetchedAt: entry.fetchedAt })
    } catch (error) {
      this.#settings.onStoreError(error)
    }
  }

  /** Why the store could not be read when the item was looked for. */
  failureOf({ key }: CollateralItem<unknown>): unknown {
    return this.#storeErrors.get(key)
  }

  #held<T>({ key }: CollateralItem<T>): Entry<T> | undefined {
    return this.#entries.get(key) as Entry<T> | undefined // a key stands for one item, and so for one T
  }

  async #read<T>(item: CollateralItem<T>): Promise<Entry<T> | undefined> {
    const record = await this.#readRecord(item.key)
    if (record === undefined || record.bytes.length > maxStoredBytes(item)) return undefined
    try {
      return await readEntry(item, { ...record, fetchedAt: this.#past(record.fetchedAt) })
    } catch (error) {
      if (TresorError.is(error)) return undefined // damaged or exchanged: as if it were not there
      throw error
    }
  }

  async #readRecord(key: string): Promise<CollateralRecord | undefined> {
    this.#storeErrors.delete(key)
    try {
      return await this.#settings.store.get(key)
    } catch (error) {
      this.#storeErrors.set(key, error)
      this.#settings.onStoreError(error)
      return undefined
    }
  }

  /** A date to come would put off refreshing for ever. */
  #past(fetchedAt: Date): Date {
    const now = this.#settings.clock()
    return fetchedAt <= now ? fetchedAt : new Date(0)
  }
}

/** What is stored may hold headers beside the body. */
function maxStoredBytes({ maxBytes }: CollateralItem<unknown>): number {
  return maxBytes * 2 + 65_536
}
