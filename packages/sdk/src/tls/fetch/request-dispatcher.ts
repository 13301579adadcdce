// The way of one call of fetch to the network: it sees every redirect before anything is sent there.
import { Dispatcher } from 'undici'
import { PolicyError } from '../../core/index.js'
import { askForVerdict } from '../undici/noted-verdict.js'
import type { Verdict } from '../verdict.js'

export class RequestDispatcher extends Dispatcher {
  /** Of the connection that was used last. */
  verdict: Verdict | undefined
  readonly #pool: Dispatcher
  #origin: string | undefined

  constructor(pool: Dispatcher) {
    super()
    this.#pool = pool
  }

  override dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    const url = new URL(String(options.origin))
    this.#requireSame(url.origin)
    const note = (verdict: Verdict | undefined): void => {
      this.verdict = verdict
    }
    return this.#pool.dispatch(askForVerdict(options, note), handler)
  }

  #requireSame(origin: string): void {
    this.#origin ??= origin
    if (this.#origin === origin) return
    throw new PolicyError('ERR_POLICY_ORIGIN', `fetch: ${this.#origin} redirects to another origin, ${origin}`, {
      details: { field: 'origin', expected: this.#origin, actual: origin }
    })
  }
}
