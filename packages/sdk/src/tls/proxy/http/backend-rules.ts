// Requests of attested clients, to the plain HTTP/1.1 of a program beside the proxy.
import { Agent, type ClientRequest, request } from 'node:http'
import { formatAddress } from '../address.js'
import { plainAddress } from '../peer-name.js'
import { backendDown, type RouteContext, reportRefusal } from '../route.js'
import type { ServerRouteSettings } from '../settings.js'
import { type Fields, looksLike, verdictField } from './headers.js'
import type { HttpRules, RequestHead, Sender } from './rules.js'
import { formatVerdict } from './verdict-field.js'

export function backendRules(settings: ServerRouteSettings, context: RouteContext): HttpRules {
  const agent = new Agent({ keepAlive: true, maxSockets: settings.limits.connections })
  return {
    open: (head) => open(settings, agent, head),
    requestFields: (fields, sender) => requestFields(settings, fields, sender),
    responseFields: (fields) => fields,
    failureOf: (cause) => backendDown(formatAddress(settings.to), cause),
    tellsWhy: false,
    onFailure: (failure, { address }) => reportRefusal(context, settings.name, address, failure),
    onResponse: (status) => context.stats.respond(status),
    destroy: () => agent.destroy()
  }
}

function open({ to, timeouts }: ServerRouteSettings, agent: Agent, head: RequestHead): ClientRequest {
  const place = to.kind === 'unix' ? { socketPath: to.path } : { host: to.host ?? 'localhost', port: to.port }
  const upstream = request({ ...place, ...head, agent, setHost: false })
  upstream.once('socket', (socket) => {
    if (!socket.connecting) return
    const timer = setTimeout(() => upstream.destroy(new Error('no answer to the connection')), timeouts.connectMs)
    socket.once('connect', () => clearTimeout(timer))
    socket.once('close', () => clearTimeout(timer))
  })
  return upstream
}

/** Fields in which a client could lie about where it is. */
const origins: readonly string[] = [
  'x-forwarded-for',
  'x-forwarded-proto',
  'x-forwarded-port',
  'x-real-ip',
  'forwarded'
]

function requestFields({ forwarded, verdictHeader }: ServerRouteSettings, fields: Fields, sender: Sender): Fields {
  const kept = Object.fromEntries(Object.entries(fields).filter(([name]) => !looksLike(name, origins)))
  const before = forwarded === 'append' ? fields['x-forwarded-for'] : undefined
  const address = plainAddress(sender.address)
  return {
    ...kept,
    'x-forwarded-for': before === undefined ? address : `${String(before)}, ${address}`,
    'x-forwarded-proto': 'https',
    ...(verdictHeader && sender.verdict !== undefined ? { [verdictField]: formatVerdict(sender.verdict) } : {})
  }
}
