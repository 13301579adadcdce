// Fetches items: one flight per item, paced and backed off per lane, read and checked before anybody sees them.
import { TresorError, UnavailableError } from '../../core/index.js'
import { Backoff } from './backoff.js'
import type { CollateralItem } from './collateral.js'
import { type Answer, download } from './download.js'
import { responseFailure } from './download-failure.js'
import { type Entry, isFresh, readEntry } from './entry.js'
import { Flights } from './flights.js'
import type { Settings } from './options.js'
import { Pace } from './pace.js'
import type { Shelf } from './shelf.js'

export class Fetcher {
  readonly #settings: Settings
  readonly #shelf: Shelf
  readonly #flights = new Flights()
  readonly #pace: Pace
  /** Two memories, so that hostile peers who ask for many items cannot push out what is known about the lanes. */
  readonly #items: Backoff
  readonly #lanes: Backoff

  constructor(settings: Settings, shelf: Shelf) {
    this.#settings = settings
    this.#shelf = shelf
    this.#pace = new Pace(settings)
    this.#items = new Backoff(settings)
    this.#lanes = new Backoff(settings)
  }

  /** @throws UnavailableError ERR_COLLATERAL_NETWORK, ERR_COLLATERAL_RATE_LIMIT, ERR_COLLATERAL_RESPONSE, ERR_ABORTED */
  async fetch<T>(item: CollateralItem<T>, signal: AbortSignal | undefined): Promise<Entry<T>> {
    return this.#flights.join(item.key, signal, (flightSignal) => this.#fly(item, flightSignal))
  }

  /** Why the item is not asked for now. */
  refusal(item: CollateralItem<unknown>): UnavailableError | undefined {
    return this.#items.refusal(item.key) ?? this.#lanes.refusal(laneOf(item))
  }

  /** The error for an entry that is good now and of no use at the time that matters to the caller. */
  refuseExpired(item: CollateralItem<unknown>, entry: Entry<unknown>): UnavailableError {
    const error = expired(item, entry)
    this.#items.note(item.key, error)
    return error
  }

  async #fly<T>(item: CollateralItem<T>, signal: AbortSignal): Promise<Entry<T>> {
    const refusal = this.refusal(item)
    if (refusal !== undefined) throw refusal
    for (let attempt = 0; ; attempt++) {
      try {
        return await this.#attempt(item, signal)
      } catch (error) {
        if (!this.#isWorthRetrying(item, error, attempt)) throw error
      }
    }
  }

  async #attempt<T>(item: CollateralItem<T>, signal: AbortSignal): Promise<Entry<T>> {
    await this.#abortable(item, this.#waitForTurn(item, signal), signal)
    try {
      const entry = await this.#receive(item, await download(item, this.#settings, signal))
      this.#lanes.clear(laneOf(item))
      this.#items.clear(item.key)
      await this.#shelf.put(item, entry)
      return entry
    } catch (error) {
      if (error instanceof UnavailableError) this.#noteFailure(item, error)
      throw error
    }
  }

  /** In its turn the lane may have been closed by somebody else's failure, or by the attempt before this one. */
  async #waitForTurn(item: CollateralItem<unknown>, signal: AbortSignal): Promise<void> {
    const intervalMs = this.#settings.minIntervalMs[item.type] ?? item.minIntervalMs ?? 0
    await this.#pace.take(laneOf(item), intervalMs, signal)
    const pauseMs = this.#pauseMs(item)
    if (pauseMs > this.#settings.maxWaitMs) throw this.refusal(item)
    if (pauseMs > 0) await this.#settings.wait(pauseMs, signal)
  }

  /** @throws UnavailableError ERR_COLLATERAL_RESPONSE for what is not the item asked for, or has expired */
  async #receive<T>(item: CollateralItem<T>, answer: Answer): Promise<Entry<T>> {
    const fetchedAt = this.#settings.clock()
    const entry = await this.#read(item, answer, fetchedAt)
    if (isFresh(entry, fetchedAt)) return entry
    throw expired(item, entry)
  }

  async #read<T>(item: CollateralItem<T>, { body, header }: Answer, fetchedAt: Date): Promise<Entry<T>> {
    try {
      const bytes = item.pack === undefined ? body : item.pack(body, header)
      return await readEntry(item, { bytes, fetchedAt })
    } catch (cause) {
      if (!TresorError.is(cause)) throw cause
      throw responseFailure(item, `the answer is not the item asked for: ${cause.message}`, cause)
    }
  }

  /**
   * A service that cannot be reached or asks to wait closes the lane. An answer concerns its item only: else a peer could close the
   * lane for others by asking for what the service chokes on.
   */
  #noteFailure(item: CollateralItem<unknown>, error: UnavailableError): void {
    if (error.code === 'ERR_ABORTED') return
    const concernsLane = error.code === 'ERR_COLLATERAL_RATE_LIMIT' || error.details.status === undefined
    if (concernsLane && error.code !== 'ERR_COLLATERAL_RESPONSE') this.#lanes.note(laneOf(item), error)
    else this.#items.note(item.key, error)
  }

  #isWorthRetrying(item: CollateralItem<unknown>, error: unknown, attempt: number): boolean {
    if (!TresorError.is(error) || attempt >= this.#settings.retries) return false
    if (error.code !== 'ERR_COLLATERAL_NETWORK' && error.code !== 'ERR_COLLATERAL_RATE_LIMIT') return false
    const pauseMs = this.#pauseMs(item)
    return pauseMs > 0 && pauseMs <= this.#settings.maxWaitMs // no pause: it was not the service that refused
  }

  #pauseMs(item: CollateralItem<unknown>): number {
    return Math.max(this.#items.remainingMs(item.key), this.#lanes.remainingMs(laneOf(item)))
  }

  async #abortable(item: CollateralItem<unknown>, waiting: Promise<void>, signal: AbortSignal): Promise<void> {
    try {
      await waiting
    } catch (cause) {
      if (!signal.aborted) throw cause
      throw new UnavailableError('ERR_ABORTED', `${item.type}: nobody waits any more`, { cause })
    }
  }
}

function expired(item: CollateralItem<unknown>, { notAfter }: Entry<unknown>): UnavailableError {
  return responseFailure(item, `what the service has expired at ${notAfter.toISOString()}`)
}

/** Services limit some of what they have more than the rest. */
function laneOf({ service, type }: CollateralItem<unknown>): string {
  return `${service}/${type}`
}
