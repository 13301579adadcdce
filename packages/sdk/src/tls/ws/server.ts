// A WebSocketServer of ws on an attested https server.
import { type ServerOptions, type WebSocket, WebSocketServer } from 'ws'
import { UsageError } from '../../core/index.js'
import {
  type AttestedHttpsServer,
  type AttestedHttpsServerOptions,
  type AttestedRequest,
  createServer as createHttpsServer
} from '../https/index.js'

export interface AttestedWebSocketServerOptions extends AttestedHttpsServerOptions {
  /** What `WebSocketServer` takes, apart from where it listens. */
  readonly ws?: Omit<ServerOptions, 'server' | 'port' | 'host' | 'noServer' | 'backlog'>
}

export type OnWebSocket = (socket: WebSocket, request: AttestedRequest) => void

/** Closing it stops listening and leaves open sockets to their owners, as for every https server; `webSockets.clients` has them. */
export type AttestedWebSocketServer = AttestedHttpsServer & { readonly webSockets: WebSocketServer }

/**
 * An attested https server that answers upgrades. `onSocket` gets each WebSocket with its request, whose `attestation` is the verdict on
 * the client. Servers that also answer requests pass an own https server to `WebSocketServer` of ws, and need nothing of this.
 * @throws UsageError ERR_USAGE_OPTION, ERR_USAGE_POLICY, ERR_USAGE_POLICY_EMPTY
 * @example
 * createServer({ attestation: { provider } }, (socket) => socket.send('hello')).listen(8443)
 */
export function createServer(options: AttestedWebSocketServerOptions, onSocket: OnWebSocket): AttestedWebSocketServer {
  const { ws = {}, ...serverOptions } = options
  for (const field of ['server', 'port', 'noServer']) if (Reflect.get(ws, field) !== undefined) throw decided(field)
  const server = createHttpsServer(serverOptions, (_, response) => response.writeHead(426).end())
  const webSockets = new WebSocketServer<typeof WebSocket, typeof AttestedRequest>({ ...ws, server })
  webSockets.on('connection', onSocket)
  return Object.assign(server, { webSockets })
}

function decided(field: string): UsageError {
  return new UsageError('ERR_USAGE_OPTION', `createServer: ws.${field} is decided by the attested server`, {
    details: { field }
  })
}
