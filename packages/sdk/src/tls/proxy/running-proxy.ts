// A proxy that runs: listeners that stay, and under them generations of routes that a reload replaces.
import { performance } from 'node:perf_hooks'
import { UnavailableError } from '../../core/index.js'
import { type Address, formatAddress } from './address.js'
import type { ProxyConfig, RouteConfig } from './config.js'
import { createRoute } from './create-route.js'
import type { OnProxyEvent } from './events.js'
import { Listener } from './listener.js'
import { MeteredProviders } from './metered-provider.js'
import { type MetricsServer, openMetrics } from './metrics-server.js'
import { formatMetrics } from './metrics-text.js'
import type { Route } from './route.js'
import { expectProxy, type ProxySettings, type RouteSettings } from './settings.js'
import { ProxyStats } from './stats.js'

export interface AttestedProxy {
  /** Where each route listens, by its name, with the port that the system has chosen. */
  readonly addresses: ReadonlyMap<string, string>
  readonly metricsAddress: string | undefined
  /** The text that `/metrics` gives. */
  metrics(): string
  /**
   * From now on new connections see `config`; those that are open finish under what they began with. When it fails, nothing has changed.
   * @throws UsageError ERR_USAGE_OPTION, ERR_USAGE_POLICY, ERR_USAGE_POLICY_EMPTY
   * @throws UnavailableError ERR_PROXY_LISTEN
   */
  reload(config: ProxyConfig): Promise<void>
  /** Takes no more connections, and ends with the last one that is open, or after `drainMs`. A second call ends at once. */
  close(): Promise<void>
}

/** A listener, and who gets its connections now. */
interface Post {
  readonly listener: Listener
  readonly route: Route
}

interface Metrics {
  readonly listen: string
  readonly server: MetricsServer
}

export class RunningProxy implements AttestedProxy {
  readonly #onEvent: OnProxyEvent
  readonly #stats = new ProxyStats()
  readonly #providers = new MeteredProviders(this.#stats, steadyClock)
  /** Routes that have connections, or may get some. */
  readonly #routes = new Set<Route>()
  #posts: ReadonlyMap<string, Post> = new Map()
  #metrics: Metrics | undefined
  #drainMs = 0
  #turn: Promise<unknown> = Promise.resolve()
  #closing: Promise<void> | undefined
  #endNow: () => void = ignore

  constructor(onEvent: OnProxyEvent) {
    this.#onEvent = onEvent
  }

  get addresses(): ReadonlyMap<string, string> {
    return new Map([...this.#posts.values()].map(({ listener, route }) => [route.name, listener.address]))
  }

  get metricsAddress(): string | undefined {
    return this.#metrics?.server.address
  }

  metrics(): string {
    return formatMetrics(this.#stats)
  }

  async reload(config: ProxyConfig): Promise<void> {
    try {
      await this.apply(config)
      this.#stats.reloads.done++
      this.#onEvent({ kind: 'reloaded', routes: this.#posts.size })
    } catch (error) {
      this.#stats.reloads.failed++
      throw error
    }
  }

  close(): Promise<void> {
    if (this.#closing === undefined) this.#closing = this.#drain()
    else this.#endNow()
    return this.#closing
  }

  /** One after the other: two changes at once would open the same listeners. */
  apply(config: ProxyConfig): Promise<void> {
    const turn = this.#turn.then(() => this.#replace(this.#expect(config)))
    this.#turn = turn.catch(ignore)
    return turn
  }

  #expect(config: ProxyConfig): ProxySettings {
    const { routes } = config
    if (!Array.isArray(routes)) return expectProxy(config)
    return expectProxy({ ...config, routes: routes.map((route: RouteConfig) => this.#meter(route)) })
  }

  #meter(route: RouteConfig): RouteConfig {
    if (typeof route !== 'object' || route === null || route.provider === undefined) return route
    return { ...route, provider: this.#providers.wrap(route.provider) }
  }

  async #replace(settings: ProxySettings): Promise<void> {
    const { routes, metrics, drainMs } = settings
    const made = routes.map((route) => ({ key: keyOf(route), listen: route.listen, route: this.#create(route) }))
    const opened: Opened = { listeners: new Map(), metrics: undefined }
    try {
      for (const { key, listen, route } of made) {
        if (!this.#posts.has(key)) opened.listeners.set(key, await Listener.open(listen, route))
      }
      opened.metrics = await this.#openMetrics(metrics)
      if (this.#closing !== undefined) throw new UnavailableError('ERR_TLS_UNAVAILABLE', 'proxy: it is closing')
    } catch (error) {
      for (const listener of opened.listeners.values()) listener.close()
      opened.metrics?.server.close()
      for (const { route } of made) route.destroy()
      throw error
    }
    this.#drainMs = drainMs
    this.#station(made, opened.listeners)
    this.#exchangeMetrics(opened.metrics, metrics)
  }

  #create(settings: RouteSettings): Route {
    const context = { stats: this.#stats.of(settings.name), onEvent: this.#onEvent, steadyClock }
    return createRoute(settings, context)
  }

  /** From here on nothing fails. */
  #station(made: readonly Made[], listeners: ReadonlyMap<string, Listener>): void {
    const before = this.#posts
    const after = new Map<string, Post>()
    for (const { key, route } of made) {
      const listener = before.get(key)?.listener ?? listeners.get(key)
      if (listener === undefined) continue // there is one for each key
      listener.handTo(route)
      this.#routes.add(route)
      after.set(key, { listener, route })
    }
    this.#posts = after
    for (const [key, post] of before) this.#relieve(post, after.has(key))
    for (const [key, { listener, route }] of after) {
      if (listeners.has(key)) this.#announce(listener, route)
    }
    this.#stats.keepOnly([...this.#routes].map(({ name }) => name))
  }

  #announce({ address }: Listener, { name, leadsTo }: Route): void {
    this.#onEvent({ kind: 'listening', route: name, address, leadsTo })
  }

  #relieve({ listener, route }: Post, isReplaced: boolean): void {
    if (!isReplaced) {
      listener.close()
      this.#onEvent({ kind: 'removed', route: route.name })
    }
    route.retire()
    route.whenEmpty(() => this.#forget(route))
  }

  #forget(route: Route): void {
    route.destroy()
    this.#routes.delete(route)
  }

  async #openMetrics(listen: Address | undefined): Promise<Metrics | undefined> {
    if (listen === undefined || this.#metrics?.listen === formatAddress(listen)) return undefined
    const health = { metrics: () => this.metrics(), isReady: () => this.#closing === undefined }
    return { listen: formatAddress(listen), server: await openMetrics(listen, health) }
  }

  #exchangeMetrics(opened: Metrics | undefined, wanted: Address | undefined): void {
    if (opened === undefined && wanted !== undefined) return
    this.#metrics?.server.close()
    this.#metrics = opened
    if (opened !== undefined) this.#onEvent({ kind: 'metrics', address: opened.server.address })
  }

  async #drain(): Promise<void> {
    const routes = [...this.#routes]
    for (const { listener } of this.#posts.values()) listener.close()
    for (const route of routes) route.retire()
    const open = routes.reduce((sum, { size }) => sum + size, 0)
    if (open > 0) this.#onEvent({ kind: 'draining', open, deadlineMs: this.#drainMs })
    await Promise.race([Promise.all(routes.map(untilEmpty)), this.#untilDeadline()])
    const cut = routes.reduce((sum, { size }) => sum + size, 0)
    for (const route of routes) route.destroy()
    await Promise.all(routes.map(untilEmpty))
    await this.#turn
    this.#metrics?.server.close()
    this.#onEvent({ kind: 'closed', cut })
  }

  #untilDeadline(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, this.#drainMs).unref()
      this.#endNow = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }
}

interface Made {
  readonly key: string
  readonly route: Route
}

interface Opened {
  readonly listeners: Map<string, Listener>
  metrics: Metrics | undefined
}

/** Routes that listen on the same place before and after a reload share its listener. Port 0 is a place of its own for each name. */
function keyOf({ name, listen }: RouteSettings): string {
  const place = formatAddress(listen)
  return listen.kind === 'tcp' && listen.port === 0 ? `${place} ${name}` : place
}

function untilEmpty(route: Route): Promise<void> {
  return new Promise((resolve) => route.whenEmpty(resolve))
}

export function steadyClock(): number {
  return performance.now()
}

function ignore(): undefined {
  return undefined
}
