// Starts a proxy, or says whether it would start.
import type { ProxyConfig } from './config.js'
import { createRoute } from './create-route.js'
import type { OnProxyEvent } from './events.js'
import { type AttestedProxy, RunningProxy, steadyClock } from './running-proxy.js'
import { expectProxy } from './settings.js'
import { RouteStats } from './stats.js'

export interface ProxyOptions {
  /** Hears what happens; for logs. Must not throw. */
  readonly onEvent?: OnProxyEvent
}

/**
 * Starts a proxy. It runs until it is closed.
 * @throws UsageError ERR_USAGE_OPTION, ERR_USAGE_POLICY, ERR_USAGE_POLICY_EMPTY
 * @throws UnavailableError ERR_PROXY_LISTEN
 * @example
 * await startProxy({ routes: [{ listen: ':443', to: '127.0.0.1:5432', provider: await detect() }] })
 */
export async function startProxy(config: ProxyConfig, { onEvent = ignore }: ProxyOptions = {}): Promise<AttestedProxy> {
  const proxy = new RunningProxy(onEvent)
  await proxy.apply(config)
  return proxy
}

/**
 * Whether `startProxy` would take this configuration, as far as that can be known without listening.
 * @throws UsageError ERR_USAGE_OPTION, ERR_USAGE_POLICY, ERR_USAGE_POLICY_EMPTY
 */
export function checkProxyConfig(config: ProxyConfig): void {
  for (const settings of expectProxy(config).routes) {
    createRoute(settings, { stats: new RouteStats(), onEvent: ignore, steadyClock }).destroy()
  }
}

function ignore(): undefined {
  return undefined
}
