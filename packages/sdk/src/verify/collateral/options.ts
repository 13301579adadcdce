// The options of createCollateral, checked at the door and completed.
import {
  type Clock,
  expectBoolean,
  expectBytes,
  expectFunction,
  expectInteger,
  expectOptions,
  isPlainObject,
  systemClock,
  UsageError
} from '../../core/index.js'
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
  /** Base URLs to use in place of the vendor's, by service: a mirror, a caching service. https, or http on a loopback host. */
  readonly services?: Readonly<Record<string, string>>
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

export type Settings = Required<CollateralOptions>

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
  return given.map((bytes: unknown, i) => expectBytes(bytes, [1, maxGivenBytes], `given[${i}]`).slice())
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

function expectServices(services: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return mapEntries(services, 'services', expectBaseUrl)
}

/** Without a trailing slash: paths of items begin with one. */
function expectBaseUrl(value: unknown, name: string): string {
  const url = typeof value === 'string' ? parseUrl(value) : undefined
  if (url === undefined || url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    throw wrong(name, 'a URL without credentials, query and fragment')
  }
  const isLoopback = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url.hostname)
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback)) {
    throw wrong(name, 'an https URL, or http on a loopback host')
  }
  return url.href.replace(/\/+$/, '')
}

function parseUrl(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined
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
