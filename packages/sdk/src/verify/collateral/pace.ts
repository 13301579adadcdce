// The least time between two requests of a lane: AMD's key distribution service answers about one request for a VCEK in ten
// seconds for each address.
import { UnavailableError } from '../../core/index.js'
import type { Settings } from './options.js'

export class Pace {
  readonly #settings: Settings
  readonly #nextAt = new Map<string, number>()

  constructor(settings: Settings) {
    this.#settings = settings
  }

  /**
   * Waits for a turn.
   * @throws UnavailableError ERR_COLLATERAL_RATE_LIMIT when that would take longer than `maxWaitMs`
   */
  async take(lane: string, intervalMs: number, signal: AbortSignal): Promise<void> {
    const now = this.#settings.clock().getTime()
    const at = this.#turn(lane, intervalMs, now)
    this.#nextAt.set(lane, at + intervalMs)
    if (at === now) return
    try {
      await this.#settings.wait(at - now, signal)
    } catch (error) {
      if (this.#nextAt.get(lane) === at + intervalMs) this.#nextAt.set(lane, at) // nobody queued behind: give the turn back
      throw error
    }
  }

  #turn(lane: string, intervalMs: number, now: number): number {
    const { maxWaitMs } = this.#settings
    const waitMs = (this.#nextAt.get(lane) ?? now) - now
    if (waitMs <= 0 || waitMs > maxWaitMs + intervalMs) return now // later than anybody may queue: the clock was set back
    if (waitMs <= maxWaitMs) return now + waitMs
    throw new UnavailableError('ERR_COLLATERAL_RATE_LIMIT', `${lane}: too many requests are waiting for this service`, {
      details: { field: lane, retryAfterMs: waitMs - maxWaitMs }
    })
  }
}
