// The configuration of a proxy, checked once at the door, with nothing left open.
import {
  expectBoolean,
  expectInteger,
  expectOneOf,
  expectOptions,
  expectString,
  isPlainObject,
  UsageError
} from '../../core/index.js'
import type { ServerAttestation, ServerSettings } from '../options.js'
import { type ClientOptions, clientKeys, clientOptionsOf, expectAge, expectServer } from '../options.js'
import { type Address, formatAddress, isLocal, parseAddress, parseTarget, type TcpAddress } from './address.js'
import type {
  ClientRouteConfig,
  CommonRouteConfig,
  MetricsConfig,
  ProxyConfig,
  RouteConfig,
  ServerRouteConfig
} from './config.js'
import { expectLimits, expectTimeouts, type LimitSettings, type TimeoutSettings } from './limits.js'

export interface ProxySettings {
  readonly routes: readonly RouteSettings[]
  readonly metrics: Address | undefined
  readonly drainMs: number
}

export type RouteSettings = ServerRouteSettings | ClientRouteSettings

interface CommonSettings {
  readonly name: string
  readonly listen: Address
  readonly mode: 'tcp' | 'http'
  readonly verdictHeader: boolean
  readonly maxConnectionAgeMs: number | undefined
  readonly limits: LimitSettings
  readonly timeouts: TimeoutSettings
}

export interface ServerRouteSettings extends CommonSettings {
  readonly kind: 'server'
  readonly to: Address
  readonly attestation: ServerSettings
  readonly certificate: ServerRouteConfig['certificate']
  readonly forwarded: 'replace' | 'append'
}

export interface ClientRouteSettings extends CommonSettings {
  readonly kind: 'client'
  readonly connect: TcpAddress & { readonly host: string }
  readonly servername: string | undefined
  readonly client: ClientOptions
}

const commonRouteKeys = ['name', 'listen', 'mode', 'verdictHeader', 'maxConnectionAgeMs', 'limits', 'timeouts'] as const
const serverRouteKeys = [
  ...commonRouteKeys,
  'to',
  'provider',
  'clients',
  'tiers',
  'certificate',
  'forwarded',
  'unsafeSendPlain'
] as const
const clientRouteKeys = [
  ...commonRouteKeys,
  ...clientKeys.filter((key) => key !== 'deadlineMs'),
  'connect',
  'servername',
  'unsafeListenPlain'
] as const

const maxRoutes = 256
const defaultDrainMs = 8000
const maxDrainMs = 3_600_000

/** @throws UsageError ERR_USAGE_OPTION, ERR_USAGE_POLICY, ERR_USAGE_POLICY_EMPTY */
export function expectProxy(config: ProxyConfig): ProxySettings {
  const { routes, metrics, drainMs = defaultDrainMs } = expectOptions(config, ['routes', 'metrics', 'drainMs'], 'proxy')
  if (!Array.isArray(routes) || routes.length === 0 || routes.length > maxRoutes) {
    throw wrong('proxy.routes', `a list of 1 to ${maxRoutes} routes`)
  }
  const settings: ProxySettings = {
    routes: routes.map((route: RouteConfig, i) => expectRoute(route, `proxy.routes[${i}]`)),
    metrics: metrics === undefined ? undefined : expectMetrics(metrics),
    drainMs: expectInteger(drainMs, [0, maxDrainMs], 'proxy.drainMs')
  }
  requireDistinct(
    settings.routes.map(({ name }) => name),
    'name'
  )
  requireDistinct(settings.routes.map(({ listen }) => listen).flatMap(fixedPlaceOf), 'listen')
  return settings
}

function expectRoute(route: RouteConfig, name: string): RouteSettings {
  const [isServer, isClient] = ['to', 'connect'].map((key) => isPlainObject(route) && key in route)
  if (isServer === isClient) {
    throw wrong(name, 'either `to` (attested TLS comes in) or `connect` (attested TLS goes out)')
  }
  return 'to' in route ? expectServerRoute(route, name) : expectClientRoute(route, name)
}

function expectServerRoute(route: ServerRouteConfig, name: string): ServerRouteSettings {
  expectOptions(route, serverRouteKeys, name)
  const common = expectCommon(route, name)
  const to = parseTarget(route.to, `${name}.to`)
  if (common.listen.kind !== 'tcp') throw wrong(`${name}.listen`, 'host:port: attested TLS comes over TCP')
  if (!isLocal(to) && !isTrue(route.unsafeSendPlain, `${name}.unsafeSendPlain`)) {
    throw plain(`${name}.to`, to, 'what TLS has protected would go to another machine in the clear', 'unsafeSendPlain')
  }
  const { forwarded } = route
  if (forwarded !== undefined && common.mode !== 'http') throw wrong(`${name}.forwarded`, 'mode http for it')
  return {
    ...common,
    kind: 'server',
    to,
    attestation: expectServer(attestationOf(route, common)),
    certificate: expectCertificate(route.certificate, `${name}.certificate`),
    forwarded: expectOneOf(forwarded ?? 'replace', ['replace', 'append'], `${name}.forwarded`)
  }
}

function attestationOf({ provider, clients, tiers }: ServerRouteConfig, common: CommonSettings): ServerAttestation {
  return {
    provider,
    deadlineMs: common.timeouts.handshakeMs,
    maxPending: common.limits.handshakes,
    ...(clients === undefined ? {} : { clients }),
    ...(tiers === undefined ? {} : { tiers })
  }
}

function expectClientRoute(route: ClientRouteConfig, name: string): ClientRouteSettings {
  expectOptions(route, clientRouteKeys, name)
  const common = expectCommon(route, name)
  if (!isLocal(common.listen) && !isTrue(route.unsafeListenPlain, `${name}.unsafeListenPlain`)) {
    throw plain(`${name}.listen`, common.listen, 'other machines could send plain bytes', 'unsafeListenPlain')
  }
  const connect = parseTarget(route.connect, `${name}.connect`)
  if (connect.kind !== 'tcp' || connect.host === undefined) throw wrong(`${name}.connect`, 'host:port')
  const { servername } = route
  return {
    ...common,
    kind: 'client',
    connect: { kind: 'tcp', host: connect.host, port: connect.port },
    servername: servername === undefined ? undefined : expectString(servername, `${name}.servername`),
    client: { ...clientOptionsOf(route), deadlineMs: common.timeouts.handshakeMs }
  }
}

function expectCommon(route: CommonRouteConfig, name: string): CommonSettings {
  const { mode = 'tcp', verdictHeader = false, maxConnectionAgeMs, limits = {}, timeouts = {} } = route
  const listen = parseAddress(route.listen, `${name}.listen`)
  if (expectOneOf(mode, ['tcp', 'http'], `${name}.mode`) === 'tcp') {
    if (verdictHeader !== false) throw wrong(`${name}.verdictHeader`, 'mode http for it')
    if (maxConnectionAgeMs !== undefined) throw wrong(`${name}.maxConnectionAgeMs`, 'mode http for it')
  }
  return {
    name: expectName(route.name ?? formatAddress(listen), `${name}.name`),
    listen,
    mode,
    verdictHeader: expectBoolean(verdictHeader, `${name}.verdictHeader`),
    maxConnectionAgeMs: expectAge(maxConnectionAgeMs, name),
    limits: expectLimits(limits, `${name}.limits`),
    timeouts: expectTimeouts(timeouts, `${name}.timeouts`)
  }
}

/** It becomes a label of metrics and a word of log lines. */
function expectName(value: unknown, name: string): string {
  const text = expectString(value, name)
  if (/^[\w.:/[\]@ -]{1,128}$/.test(text)) return text
  throw wrong(name, 'letters, digits and . : / [ ] @ _ - only, at most 128')
}

function expectCertificate(value: ServerRouteConfig['certificate'], name: string): ServerRouteConfig['certificate'] {
  if (value === undefined) return undefined
  const { cert, key } = expectOptions(value, ['cert', 'key'], name)
  for (const part of [cert, key]) {
    if (typeof part !== 'string' && !(part instanceof Uint8Array)) throw wrong(name, 'cert and key in PEM')
  }
  return { cert, key }
}

function expectMetrics(metrics: MetricsConfig): Address {
  expectOptions(metrics, ['listen', 'unsafeListenPlain'], 'proxy.metrics')
  const listen = parseAddress(metrics.listen, 'proxy.metrics.listen')
  if (isLocal(listen) || isTrue(metrics.unsafeListenPlain, 'proxy.metrics.unsafeListenPlain')) return listen
  throw plain('proxy.metrics.listen', listen, 'other machines could read the metrics', 'unsafeListenPlain')
}

function isTrue(value: boolean | undefined, name: string): boolean {
  return value !== undefined && expectBoolean(value, name)
}

/** Port 0 is a different one each time. */
function fixedPlaceOf(address: Address): string[] {
  return address.kind === 'tcp' && address.port === 0 ? [] : [formatAddress(address)]
}

function requireDistinct(values: readonly string[], what: string): void {
  const twice = values.find((value, i) => values.indexOf(value) !== i)
  if (twice !== undefined) throw wrong('proxy.routes', `different values of ${what}, but '${twice}' occurs twice`)
}

function plain(name: string, address: Address, danger: string, option: string): UsageError {
  const message = `${name}: ${formatAddress(address)} is not on this machine: ${danger}`
  const remedy = `use 127.0.0.1, [::1] or unix:/path, or say ${option} when that is what you want`
  return new UsageError('ERR_USAGE_OPTION', message, { details: { field: name, remedy } })
}

function wrong(name: string, expected: string): UsageError {
  return new UsageError('ERR_USAGE_OPTION', `${name}: expected ${expected}`, { details: { field: name, expected } })
}
