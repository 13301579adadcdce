// The engine behind every verifier: finds collateral in memory, store or network, once for all who ask.
import { TresorError, UnavailableError } from '../../core/index.js'
import { BoundedMap } from './bounded-map.js'
import type {
  CollateralFound,
  CollateralItem,
  CollateralLookup,
  RefreshableCollateral,
  Refreshed
} from './collateral.js'
import { type Entry, expectItem, foundOf, isFresh, isRefreshDue } from './entry.js'
import { Fetcher } from './fetcher.js'
import { throwIfAborted } from './flights.js'
import { createMemo } from './memo.js'
import { type CollateralOptions, expectCollateralOptions, type Settings } from './options.js'
import { Shelf } from './shelf.js'

/**
 * Makes a source of collateral. Keep one per process: it holds what keeps verification fast and vendors' services unharmed.
 * What comes from the network is the item asked for; that it is genuine is proved by `verify`, each time.
 * @throws UsageError ERR_USAGE_OPTION
 * @example
 * const collateral = createCollateral({ store: directoryStore('/var/cache/tresor') })
 * const appraisal = await verify(evidence, { policy, nonce, collateral })
 */
export function createCollateral(options: CollateralOptions = {}): RefreshableCollateral {
  const settings = expectCollateralOptions(options)
  const engine = new Engine(settings)
  return {
    given: settings.given,
    get: (item, lookup) => engine.get(item, lookup),
    memo: createMemo(settings.maxMemoryItems),
    refresh: (options) => engine.refresh(options?.signal)
  }
}

class Engine {
  readonly #settings: Settings
  readonly #shelf: Shelf
  readonly #fetcher: Fetcher
  /** What was asked for, to be renewed when it is due. */
  readonly #asked: BoundedMap<CollateralItem<unknown>>

  constructor(settings: Settings) {
    this.#settings = settings
    this.#asked = new BoundedMap(settings.maxMemoryItems)
    this.#shelf = new Shelf(settings)
    this.#fetcher = new Fetcher(settings, this.#shelf)
  }

  async get<T>(item: CollateralItem<T>, lookup: CollateralLookup): Promise<CollateralFound<T>> {
    expectItem(item)
    throwIfAborted(lookup.signal)
    this.#asked.set(item.key, item)
    const held = await this.#shelf.find(item, lookup)
    if (held === undefined || !isFresh(held, lookup.now)) return this.#renew(item, held, lookup)
    if (isRefreshDue(held, item, lookup.now, this.#settings.clock())) this.#refreshBehind(item)
    return foundOf(held, 'cache', lookup.now)
  }

  async refresh(signal: AbortSignal | undefined): Promise<readonly Refreshed[]> {
    const results: Refreshed[] = []
    for (const key of this.#asked.keys()) {
      const item = this.#asked.get(key)
      if (item !== undefined && (await this.#isDue(item, signal))) results.push(await this.#refreshItem(item, signal))
    }
    return results
  }

  async #isDue(item: CollateralItem<unknown>, signal: AbortSignal | undefined): Promise<boolean> {
    const now = this.#settings.clock()
    const held = await this.#shelf.find(item, signal === undefined ? { now } : { now, signal })
    return held === undefined || !isFresh(held, now) || isRefreshDue(held, item, now, now)
  }

  async #refreshItem(item: CollateralItem<unknown>, signal: AbortSignal | undefined): Promise<Refreshed> {
    const { type, key } = item
    try {
      if (this.#settings.offline) throw offline(item)
      await this.#fetcher.fetch(item, signal)
      return { type, key }
    } catch (error) {
      if (!TresorError.is(error) || error.code === 'ERR_ABORTED') throw error
      return { type, key, error }
    }
  }

  async #renew<T>(
    item: CollateralItem<T>,
    held: Entry<T> | undefined,
    lookup: CollateralLookup
  ): Promise<CollateralFound<T>> {
    try {
      return foundOf(await this.#fetchFresh(item, lookup), 'network', lookup.now)
    } catch (error) {
      const isAbort = TresorError.is(error) && error.code === 'ERR_ABORTED'
      if (isAbort || held === undefined || !isFresh(held, lookup.now, lookup.maxStaleMs)) throw error
      return foundOf(held, 'cache', lookup.now)
    }
  }

  async #fetchFresh<T>(item: CollateralItem<T>, lookup: CollateralLookup): Promise<Entry<T>> {
    if (this.#settings.offline) throw this.#shelf.failureOf(item) ?? offline(item)
    const entry = await this.#fetcher.fetch(item, lookup.signal)
    if (isFresh(entry, lookup.now)) return entry
    throw this.#fetcher.refuseExpired(item, entry)
  }

  /** What is held is still good; a failure is remembered by the fetcher and spaces out the next attempts. */
  #refreshBehind(item: CollateralItem<unknown>): void {
    if (this.#settings.offline || this.#fetcher.refusal(item) !== undefined) return
    this.#fetcher.fetch(item, undefined).catch(() => undefined)
  }
}

function offline({ type, key }: CollateralItem<unknown>): UnavailableError {
  const message = `${type}: not cached, and the network is not allowed`
  return new UnavailableError('ERR_COLLATERAL_OFFLINE', message, { details: { field: type, key } })
}
