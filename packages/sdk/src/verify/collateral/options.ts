// The options of createCollateral, checked at the door and completed.
import {
  type Clock,
  copyBytes,
  expectBoolean,
  expectBytes,
  expectFunction,
  expectInteger,
  expectOptions,
  isPlainObject,
  systemClock,
  UsageError
} from '../../core/index.js'
import { expectServices, type ServiceAddress, type Services } from './services.js'
import { type CollateralStore, memoryStore } from './store.js'
import { wait } from './wait.js'

export interface CollateralOptions {
  /** Certificates, chains and lists, raw DER or PEM: hints that prove nothing by being given. */
  readonly given?: readonly Uint8Array[]
  /** Default: the memory of this process. */
  readonly store?: CollateralStore
  /** Default: the platform's. Called without credentials and with `redirect: 'manual'`. */
  readonly fetch?: typeof globalThis.fetch
  /** Use what is cached, and never the network. Default false. */
  readonly offline?: boolean
  /** What to ask in place of the vendors' services: a mirror, a caching service (`pccs`). */
  readonly services?: Services
  /** The present, for back-off and age. Default: the system's. */
  readonly clock?: Clock
  /** Jitter of back-off, within [0, 1). Default Math.random: nothing secret depends on it. */
  readonly random?: () => number
  /** Waits so many milliseconds, or rejects when aborted. */
  readonly wait?: (ms: number, signal: AbortSignal) => Promise<void>
  /** For one request from connecting to the last byte. Default 10,000. */
  readonly timeoutMs?: number
  /** Between two requests for items of a type, where the item's own value is not right. */
  readonly minIntervalMs?: Readonly<Record<string, number>>
  /** How long a lookup may wait for its turn or for the service, before it fails with ERR_COLLATERAL_RATE_LIMIT. Default 30,000. */
  readonly maxWaitMs?: number
  /** Further attempts of one lookup when the service is down or asks to wait. Default 1. */
  readonly retries?: number
  /** Items, and values per scope of `memo`, that are kept in memory. Default 1,024. */
  readonly maxMemoryItems?: number
  /** Told when the store fails. The lookup goes on without it. Default: nobody. */
  readonly onStoreError?: (error: unknown) => void
}

export interface Settings extends Required<Omit<CollateralOptions, 'services'>> {
  readonly services: Readonly<Record<string, ServiceAddress>>
}

const names: readonly (keyof CollateralOptions)[] = [
  'given',
  'store',
  'fetch',
  'offline',
  'services',
  'clock',
  'random',
  'wait',
  'timeoutMs',
  'minIntervalMs',
  'maxWaitMs',
  'retries',
  'maxMemoryItems',
  'onStoreError'
]

const day = 86_400_000
const maxGivenBytes = 4 << 20

/** @throws UsageError ERR_USAGE_OPTION */
export function expectCollateralOptions(options: CollateralOptions): Settings {
  const given = expectOptions(options, names, 'createCollateral')
  const maxMemoryItems = expectInteger(given.maxMemoryItems ?? 1024, [1, 1 << 20], 'maxMemoryItems')
  return {
    given: expectGiven(given.given ?? []),
    store: expectStore(given.store ?? memoryStore(maxMemoryItems)),
    fetch: expectFunction(given.fetch ?? platformFetch, 'fetch'),
    offline: expectBoolean(given.offline ?? false, 'offline'),
    services: expectServices(given.services ?? {}),
    clock: expectFunction(given.clock ?? systemClock, 'clock'),
    random: expectFunction(given.random ?? Math.random, 'random'),
    wait: expectFunction(given.wait ?? wait, 'wait'),
    timeoutMs: expectInteger(given.timeoutMs ?? 10_000, [1, day], 'timeoutMs'),
    minIntervalMs: expectIntervals(given.minIntervalMs ?? {}),
    maxWaitMs: expectInteger(given.maxWaitMs ?? 30_000, [0, day], 'maxWaitMs'),
    retries: expectInteger(given.retries ?? 1, [0, 10], 'retries'),
    maxMemoryItems,
    onStoreError: expectFunction(given.onStoreError ?? (() => undefined), 'onStoreError')
  }
}

/** Looked up when it is called: in Node the first touch loads the HTTP client. */
const platformFetch: typeof globalThis.fetch = (input, init) => globalThis.fetch(input, init)

function expectGiven(given: readonly Uint8Array[]): readonly Uint8Array[] {
  if (!Array.isArray(given)) throw wrong('given', 'an array of Uint8Array')
  return given.map((bytes: unknown, i) => copyBytes(expectBytes(bytes, [1, maxGivenBytes], `given[${i}]`)))
}

function expectStore(store: CollateralStore): CollateralStore {
  if (typeof store !== 'object' || store === null) throw wrong('store', 'an object with get and put')
  expectFunction(store.get, 'store.get')
  expectFunction(store.put, 'store.put')
  return store
}

function expectIntervals(intervals: Readonly<Record<string, number>>): Readonly<Record<string, number>> {
  return mapEntries(intervals, 'minIntervalMs', (ms, name) => expectInteger(ms, [0, day], name))
}

function mapEntries<T>(
  record: Readonly<Record<string, T>>,
  name: string,
  map: (value: T, name: string) => T
): Readonly<Record<string, T>> {
  if (!isPlainObject(record)) throw wrong(name, 'an object')
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value, `${name}.${key}`)]))
}

function wrong(name: string, expected: string): UsageError {
  return new UsageError('ERR_USAGE_OPTION', `${name}: expected ${expected}`, { details: { field: name, expected } })
}
