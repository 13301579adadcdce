// When not to ask again: after a failure, longer after each further one, with jitter so that many verifiers do not return at once.
import { UnavailableError } from '../../core/index.js'
import { BoundedMap } from './bounded-map.js'
import type { Settings } from './options.js'

const firstPauseMs = 1_000
/** Also the longest Retry-After that is honoured: nobody may close a service to us for a day. */
export const maxPauseMs = 300_000

interface Hold {
  readonly until: number
  readonly failures: number
  readonly error: UnavailableError
}

/** Failures by key: of a whole lane (service down, asks to wait) or of one item (the service does not have it). */
export class Backoff {
  readonly #holds: BoundedMap<Hold>
  readonly #settings: Settings

  constructor(settings: Settings) {
    this.#settings = settings
    this.#holds = new BoundedMap(settings.maxMemoryItems)
  }

  /** Notes a failure; the next attempt waits at least for what the service asked. */
  note(key: string, error: UnavailableError): void {
    const failures = (this.#holds.get(key)?.failures ?? 0) + 1
    const pauseMs = Math.max(retryAfterOf(error), this.#jitter(firstPauseMs * 2 ** Math.min(failures - 1, 20)))
    this.#holds.set(key, { until: this.#now() + Math.min(pauseMs, maxPauseMs), failures, error })
  }

  clear(key: string): void {
    this.#holds.delete(key)
  }

  /** Milliseconds until `key` may be asked for again. */
  remainingMs(key: string): number {
    const hold = this.#holds.get(key)
    if (hold === undefined) return 0
    const left = hold.until - this.#now()
    return left > maxPauseMs ? 0 : Math.max(0, left) // more than any pause: the clock was set back
  }

  /** The last failure, as the answer to whoever asks too early. */
  refusal(key: string): UnavailableError | undefined {
    const hold = this.#holds.get(key)
    const retryAfterMs = this.remainingMs(key)
    if (hold === undefined || retryAfterMs === 0) return undefined
    const { code, message, details } = hold.error
    const seconds = Math.ceil(retryAfterMs / 1000)
    return new UnavailableError(code, `${message}; not asked again for ${seconds} s`, {
      cause: hold.error,
      details: { ...details, retryAfterMs }
    })
  }

  #jitter(ms: number): number {
    return Math.round(Math.min(ms, maxPauseMs) * (0.5 + this.#settings.random() / 2))
  }

  #now(): number {
    return this.#settings.clock().getTime()
  }
}

function retryAfterOf({ details }: UnavailableError): number {
  return typeof details.retryAfterMs === 'number' ? details.retryAfterMs : 0
}
