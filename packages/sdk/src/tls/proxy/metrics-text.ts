// The numbers of a proxy in the text format of Prometheus, version 0.0.4.
import type { Histogram } from './histogram.js'
import type { ProxyStats, RouteStats } from './stats.js'

type Labels = Readonly<Record<string, string>>

/** One document, ending with a line feed. */
export function formatMetrics(stats: ProxyStats): string {
  const routes = [...stats.routes]
  const each = (read: (stats: RouteStats) => number): string[] =>
    routes.map(([route, of]) => sample('', { route }, read(of)))
  const counted = (read: (stats: RouteStats) => ReadonlyMap<string, number>, label: string): string[] =>
    routes.flatMap(([route, of]) => [...read(of)].map(([name, count]) => sample('', { route, [label]: name }, count)))
  const families = [
    family(
      'connections_open',
      'gauge',
      'Connections that are open now',
      each(({ open }) => open)
    ),
    family('connections_total', 'counter', 'Connections that were joined with the other side', each(connectionsOf)),
    family(
      'connections_refused_total',
      'counter',
      'Connections that were refused, by error code',
      counted(refusedOf, 'code')
    ),
    family(
      'bytes_total',
      'counter',
      'Bytes of the application, from (in) and to (out) whoever connected',
      routes.flatMap(bytesOf)
    ),
    family('responses_total', 'counter', 'Responses of mode http, by class of status', counted(responsesOf, 'status')),
    family(
      'handshake_seconds',
      'histogram',
      'From the connection to the accepted evidence',
      routes.flatMap(([route, of]) => histogram(of.handshakes, { route }))
    ),
    family(
      'quote_seconds',
      'histogram',
      'Evidence of this machine, one quote for a batch of connections',
      histogram(stats.quotes, {})
    ),
    family('quote_failures_total', 'counter', 'Quotes that the device did not give', [
      sample('', {}, stats.quoteFailures)
    ]),
    family('reloads_total', 'counter', 'Reloads of the configuration', reloadsOf(stats))
  ]
  return families.join('')
}

const prefix = 'tresor_proxy_'

/** Samples that follow the name of their family. */
function family(name: string, type: string, help: string, samples: readonly string[]): string {
  const full = `${prefix}${name}`
  return `# HELP ${full} ${help}\n# TYPE ${full} ${type}\n${samples.map((line) => `${full}${line}\n`).join('')}`
}

function connectionsOf({ connections }: RouteStats): number {
  return connections
}

function refusedOf({ refused }: RouteStats): ReadonlyMap<string, number> {
  return refused
}

function responsesOf({ responses }: RouteStats): ReadonlyMap<string, number> {
  return responses
}

function bytesOf([route, stats]: readonly [string, RouteStats]): string[] {
  const bytes = stats.bytes()
  return [sample('', { route, direction: 'in' }, bytes.in), sample('', { route, direction: 'out' }, bytes.out)]
}

function reloadsOf({ reloads }: ProxyStats): string[] {
  return [sample('', { outcome: 'done' }, reloads.done), sample('', { outcome: 'failed' }, reloads.failed)]
}

function histogram(values: Histogram, labels: Labels): string[] {
  return values.samples().map(({ suffix, labels: own, value }) => sample(suffix, { ...labels, ...own }, value))
}

function sample(suffix: string, labels: Labels, value: number): string {
  const pairs = Object.entries(labels).map(([name, text]) => `${name}="${escapeLabel(text)}"`)
  return `${suffix}${pairs.length === 0 ? '' : `{${pairs.join(',')}}`} ${value}`
}

function escapeLabel(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
}
