// A broker's side of freshness as a fake: compare-and-set on one table, asked by several clients that answer late.
import { setImmediate as later } from 'node:timers/promises'
import { UnavailableError } from '../../../packages/sdk/src/core/index.js'
import type { Anchor, Freshness } from '../../../packages/sdk/src/seal/freshness/freshness.js'
import { createProcessFreshness } from '../../../packages/sdk/src/seal/freshness/process.js'

export class FakeBroker {
  isAway = false
  readonly #table: Freshness = createProcessFreshness(new Map<string, Anchor>())

  client(): Freshness {
    return {
      level: 'broker',
      read: (storeId) => this.#ask(() => this.#table.read(storeId)),
      advance: (storeId, expected, next) => this.#ask(() => this.#table.advance(storeId, expected, next)),
      reset: (storeId, anchor) => this.#ask(() => this.#table.reset(storeId, anchor))
    }
  }

  async #ask<T>(work: () => Promise<T>): Promise<T> {
    await later()
    if (this.isAway) throw new UnavailableError('ERR_STORE_ANCHOR', 'broker: away')
    return work()
  }
}
