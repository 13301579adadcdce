// Collateral: what a vendor publishes about its platforms. One interface for every vendor; the verifier of a family of
// evidence describes its items, the engine behind the interface finds, checks, caches and fetches them.

import type { TresorError } from '../../core/index.js'

/** How to find one item of collateral and what it must be. Made by the verifier of a family, for example for one VCEK. */
export interface CollateralItem<T> {
  /** For example `amd-vcek`. */
  readonly type: string
  /** Unique for the item, letters, digits, `-`, `_` and `.` only: the name in the store. */
  readonly key: string
  /** Which service serves it, for example `amd-kds`: names the base URL that the caller may replace. */
  readonly service: string
  /** Default base URL of that service, and path and query below it. */
  readonly baseUrl: string
  readonly path: string
  /** Answers larger than this are refused before they are read. */
  readonly maxBytes: number
  /** Age after which the item is fetched again in the background, for what changes before it expires: lists. */
  readonly refreshAfterMs?: number
  /** Least time between two requests for items of this type, where the service is known to limit them. */
  readonly minIntervalMs?: number
  /** Media types that the service may answer with. */
  readonly accept: readonly string[]
  /** As what the item travels with evidence. Default: what it looks like, a certificate, a chain or a list. */
  readonly mediaType?: string
  /** Turns an answer into the bytes that are stored. Default: the body as it is. */
  pack?(body: Uint8Array, header: (name: string) => string | null): Uint8Array
  /** Reads stored bytes. Throws a coded error for anything that is not the item asked for. */
  parse(bytes: Uint8Array): T | Promise<T>
  /** Until when the item may be used, as it says itself. */
  validity(value: T): { readonly notBefore: Date; readonly notAfter: Date }
}

export interface CollateralFound<T> {
  readonly value: T
  readonly bytes: Uint8Array
  readonly source: 'cache' | 'network'
  /** True where `notAfter` has passed, no newer one could be had, and `maxStaleMs` admitted it. */
  readonly stale: boolean
}

export interface CollateralLookup {
  readonly now: Date
  /** How long after `notAfter` an item is still used while its service is down. Default 0. */
  readonly maxStaleMs?: number
  readonly signal?: AbortSignal
}

/** Source of collateral, and memory of what was parsed and imported from it. Made by `createCollateral`. */
export interface Collateral {
  /** Certificates, chains and lists that the caller brought, as raw DER or PEM. Hints, like the evidence's own. */
  readonly given: readonly Uint8Array[]
  /**
   * Finds one item in memory, store or network. It is the item asked for and not expired; whether it is genuine is for the caller
   * to prove.
   * @throws UnavailableError ERR_COLLATERAL_OFFLINE, ERR_COLLATERAL_NETWORK, ERR_COLLATERAL_RATE_LIMIT,
   * ERR_COLLATERAL_RESPONSE, ERR_COLLATERAL_STORE, ERR_ABORTED
   */
  get<T>(item: CollateralItem<T>, lookup: CollateralLookup): Promise<CollateralFound<T>>
  /**
   * The value made earlier for the same `scope` and `key`, or made now. Bounded; failures are not kept. For what is expensive
   * and depends on nothing but the key: parsed certificates, imported keys, verified signatures of certificates.
   */
  memo<T>(scope: string, key: string, make: () => T | Promise<T>): T | Promise<T>
}

/** What came of renewing one item. */
export interface Refreshed {
  readonly type: string
  readonly key: string
  /** Absent: it was renewed. What is held stays in use as long as it may. */
  readonly error?: TresorError
}

/** A source that can renew what it holds before anybody waits for it. */
export interface RefreshableCollateral extends Collateral {
  /**
   * Renews every item that this source was asked for and that has expired or is due, one after the other. For a timer, or before
   * the network goes away.
   * @throws UnavailableError ERR_ABORTED
   */
  refresh(options?: { readonly signal?: AbortSignal }): Promise<readonly Refreshed[]>
}
