// A WebSocket of ws on an attested connection of its own.
import { WebSocket, type ClientOptions as WsOptions } from 'ws'
import { expectOptions, UsageError } from '../../core/index.js'
import { attestedAgent } from '../agent/index.js'
import { type ClientOptions, clientKeys, clientOptionsOf } from '../options.js'
import { tlsVerdict, type Verdict } from '../verdict.js'

const ownKeys = ['protocols', 'ws'] as const

/** What would change where the connection leads to, or how it is made. */
const decidedKeys = ['agent', 'createConnection', 'followRedirects', 'socketPath', 'finishRequest'] as const

export interface ConnectOptions extends ClientOptions {
  /** Subprotocols. */
  readonly protocols?: string | string[]
  /** What `WebSocket` takes, apart from how the connection is made. */
  readonly ws?: Omit<WsOptions, (typeof decidedKeys)[number]>
}

export type AttestedWebSocket = WebSocket & { readonly attestation: Verdict }

/**
 * An open WebSocket to a server whose evidence was accepted. It is handed over before it reads anything: listen in the same turn.
 * Where many are opened to one service, pass one `attestedAgent` to `WebSocket` of ws, as its option `agent`.
 * @throws EvidenceError, PolicyError, UnavailableError, UsageError; an Error of ws when the server answers otherwise
 * @example
 * const socket = await connect('wss://enclave.example/', { policy, trust: 'evidence-only' })
 */
export async function connect(url: string | URL, options: ConnectOptions): Promise<AttestedWebSocket> {
  expectOptions(options, [...clientKeys, ...ownKeys], 'connect')
  const { ws = {}, protocols } = options
  const extra = decidedKeys.find((key) => Reflect.get(ws, key) !== undefined)
  if (extra !== undefined) throw decided(`ws.${extra}`)
  if (new URL(url).protocol !== 'wss:') throw wrongUrl()
  const agent = attestedAgent({ ...clientOptionsOf(options), keepAlive: false })
  return whenOpen(new WebSocket(url, protocols, { ...ws, agent }))
}

function whenOpen(socket: WebSocket): Promise<AttestedWebSocket> {
  return new Promise((resolve, reject) => {
    socket.once('error', reject)
    socket.once('upgrade', ({ socket: carrier }) => Object.assign(socket, { attestation: tlsVerdict(carrier) }))
    socket.once('open', () => {
      socket.off('error', reject)
      resolve(socket as AttestedWebSocket) // it has its verdict since the upgrade
    })
  })
}

function decided(field: string): UsageError {
  return new UsageError('ERR_USAGE_OPTION', `connect: ${field} is decided by attested TLS`, { details: { field } })
}

function wrongUrl(): UsageError {
  return new UsageError('ERR_USAGE_OPTION', 'connect: expected a URL of wss:', { details: { field: 'url' } })
}
