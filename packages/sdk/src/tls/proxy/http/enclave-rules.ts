// Requests of a program beside the proxy, over attested connections to a server.
import type { ClientRequest, IncomingMessage } from 'node:http'
import { type Agent, request } from 'node:https'
import { TresorError, UnavailableError } from '../../../core/index.js'
import { attestedAgent } from '../../agent/index.js'
import { tlsVerdict } from '../../verdict.js'
import { formatAddress } from '../address.js'
import { type RouteContext, reasonOf, reportRefusal } from '../route.js'
import type { ClientRouteSettings } from '../settings.js'
import { type Fields, verdictField } from './headers.js'
import type { HttpRules, RequestHead } from './rules.js'
import { formatVerdict } from './verdict-field.js'

export function enclaveRules(settings: ClientRouteSettings, context: RouteContext): HttpRules {
  const agent = createAgent(settings, context)
  return {
    open: (head) => open(settings, agent, head),
    requestFields: (fields) => ({ ...fields, host: formatAddress(settings.connect) }),
    responseFields: (fields, response) => responseFields(settings, fields, response),
    failureOf: (cause) => (TresorError.is(cause) ? cause : unreachable(settings, cause)),
    tellsWhy: true,
    onFailure: (failure, { address }) => reportRefusal(context, settings.name, address, failure),
    onResponse: (status) => context.stats.respond(status),
    destroy: () => agent.destroy()
  }
}

function createAgent({ client, maxConnectionAgeMs, limits }: ClientRouteSettings, context: RouteContext): Agent {
  const agent = attestedAgent({
    ...client,
    maxSockets: limits.handshakes, // connections that are kept are used again: these are requests at once
    ...(maxConnectionAgeMs === undefined ? {} : { maxConnectionAgeMs })
  })
  const connect = agent.createConnection.bind(agent)
  agent.createConnection = (options, callback) => {
    const since = context.steadyClock()
    return connect(options, (error, stream) => {
      if (!error) context.stats.handshakes.observe(context.steadyClock() - since)
      callback?.(error, stream)
    })
  }
  return agent
}

function open({ connect, servername }: ClientRouteSettings, agent: Agent, head: RequestHead): ClientRequest {
  const name = servername === undefined ? {} : { servername }
  return request({ host: connect.host, port: connect.port, ...name, ...head, agent, setHost: false })
}

function responseFields({ verdictHeader }: ClientRouteSettings, fields: Fields, response: IncomingMessage): Fields {
  const verdict = verdictHeader ? tlsVerdict(response.socket) : undefined
  return verdict === undefined ? fields : { ...fields, [verdictField]: formatVerdict(verdict) }
}

function unreachable({ connect }: ClientRouteSettings, cause: unknown): UnavailableError {
  const message = `proxy: ${formatAddress(connect)} ended the connection: ${reasonOf(cause)}`
  return new UnavailableError('ERR_TLS_CONNECT', message, { cause })
}
