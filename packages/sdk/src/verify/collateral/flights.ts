// Work that many wait for and that is done once. A waiter that leaves does not disturb the others; the last one to leave ends it.
import { UnavailableError } from '../../core/index.js'

interface Flight {
  readonly abort: AbortController
  readonly promise: Promise<unknown>
  waiters: number
}

export class Flights {
  readonly #flights = new Map<string, Flight>()

  /**
   * The result of the flight called `key`, which begins now unless it is under way.
   * @throws UnavailableError ERR_ABORTED when `signal` is aborted, and what the work throws
   */
  async join<T>(key: string, signal: AbortSignal | undefined, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    throwIfAborted(signal)
    const flight = this.#flights.get(key) ?? this.#begin(key, work)
    flight.waiters++
    try {
      return (await untilAborted(flight.promise, signal)) as T // a key stands for one item, and so for one T
    } finally {
      this.#leave(key, flight)
    }
  }

  #begin(key: string, work: (signal: AbortSignal) => Promise<unknown>): Flight {
    const abort = new AbortController()
    const flight: Flight = { abort, promise: work(abort.signal), waiters: 0 }
    this.#flights.set(key, flight)
    const land = (): void => this.#forget(key, flight)
    flight.promise.then(land, land)
    return flight
  }

  #leave(key: string, flight: Flight): void {
    flight.waiters--
    if (flight.waiters > 0) return
    this.#forget(key, flight)
    flight.abort.abort()
  }

  #forget(key: string, flight: Flight): void {
    if (this.#flights.get(key) === flight) this.#flights.delete(key)
  }
}

/** @throws UnavailableError ERR_ABORTED */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw aborted(signal)
}

/** The promise, or ERR_ABORTED as soon as the signal says so. Leaves no listener behind. */
async function untilAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise
  let stop: () => void = () => undefined
  const abortion = new Promise<never>((_, reject) => {
    stop = () => reject(aborted(signal))
    signal.addEventListener('abort', stop, { once: true })
  })
  try {
    return await Promise.race([promise, abortion])
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

function aborted(signal: AbortSignal): UnavailableError {
  return new UnavailableError('ERR_ABORTED', 'collateral: the caller aborted', { cause: signal.reason })
}
