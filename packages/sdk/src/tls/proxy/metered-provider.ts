// A provider of evidence whose quotes are counted. The same wrapper for the same provider, so that its connections share batches.
import type { EvidenceProvider } from '../../attest/index.js'
import type { Evidence } from '../../evidence/index.js'
import type { EvidenceSource } from '../options.js'
import type { ProxyStats } from './stats.js'

type CollectRequest = Parameters<EvidenceProvider['collect']>[0]

export class MeteredProviders {
  readonly #stats: ProxyStats
  readonly #steadyClock: () => number
  readonly #wrappers = new WeakMap<object, EvidenceProvider>()

  constructor(stats: ProxyStats, steadyClock: () => number) {
    this.#stats = stats
    this.#steadyClock = steadyClock
  }

  /** What is no source of evidence stays what it is, and is refused where it is used. */
  wrap(source: EvidenceSource): EvidenceSource {
    const provider = typeof source === 'object' && source !== null && 'provider' in source ? source.provider : source
    if (typeof provider?.collect !== 'function') return source
    const wrapper = this.#wrappers.get(provider) ?? this.#create(provider)
    this.#wrappers.set(provider, wrapper)
    return wrapper
  }

  #create(provider: EvidenceProvider): EvidenceProvider {
    const { kind, name, simulated } = provider
    return { kind, name, simulated, collect: (request) => this.#collect(provider, request) }
  }

  async #collect(provider: EvidenceProvider, request: CollectRequest): Promise<Evidence> {
    const since = this.#steadyClock()
    try {
      const evidence = await provider.collect(request)
      this.#stats.quotes.observe(this.#steadyClock() - since)
      return evidence
    } catch (error) {
      this.#stats.quoteFailures++
      throw error
    }
  }
}
