// No HTTP request begins on a connection that was attested too long ago: its client connects anew, and with that proves itself anew.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Http2SecureServer, ServerHttp2Session } from 'node:http2'
import type { Server as HttpsServer } from 'node:https'
import type { TLSSocket } from 'node:tls'
import type { ServerSettings } from './options.js'

/** Ends connections in peace: HTTP/1.1 when it is idle or after the response that is due, HTTP/2 by saying that it goes away. */
export function retireConnections(server: HttpsServer | Http2SecureServer, settings: ServerSettings): void {
  const { maxConnectionAgeMs: maxAgeMs } = settings
  if (maxAgeMs === undefined) return
  const connections = new WeakMap<object, Connection>()
  const emitter: NodeJS.EventEmitter = server
  const emit = emitter.emit.bind(server)
  // Seen here, and not by listening: listeners change what Node does with upgrades and expectations.
  emitter.emit = (event, ...values) => {
    if (requestEvents.includes(event))
      connections.get((values[0] as IncomingMessage).socket)?.answer(values[1] as ServerResponse)
    else if (takeoverEvents.includes(event)) connections.get(values[1] as TLSSocket)?.forget()
    return emit(event, ...values)
  }
  emitter.on('secureConnection', (socket: TLSSocket) => begin(connections, socket, maxAgeMs))
  emitter.on('session', (session: ServerHttp2Session) => {
    const timer = setTimeout(() => session.close(), maxAgeMs).unref()
    session.once('close', () => clearTimeout(timer))
  })
}

const requestEvents: readonly (string | symbol)[] = ['request', 'checkContinue', 'checkExpectation']
/** From here on it is no HTTP. */
const takeoverEvents: readonly (string | symbol)[] = ['upgrade', 'connect']

function begin(connections: WeakMap<object, Connection>, socket: TLSSocket, maxAgeMs: number): void {
  if (socket.alpnProtocol !== 'h2') connections.set(socket, new Connection(socket, maxAgeMs))
}

/** One of HTTP/1.1. */
class Connection {
  readonly #socket: TLSSocket
  readonly #timer: NodeJS.Timeout
  #due: ServerResponse | undefined
  #isOld = false

  constructor(socket: TLSSocket, maxAgeMs: number) {
    this.#socket = socket
    this.#timer = setTimeout(() => this.#retire(), maxAgeMs).unref()
    socket.once('close', () => this.forget())
  }

  answer(response: ServerResponse): void {
    this.#due = response
    if (this.#isOld) response.shouldKeepAlive = false
    response.once('close', () => this.#done(response))
  }

  forget(): void {
    clearTimeout(this.#timer)
  }

  #retire(): void {
    this.#isOld = true
    if (this.#due === undefined) this.#socket.destroySoon()
    else if (!this.#due.headersSent) this.#due.shouldKeepAlive = false
  }

  /** Of responses to requests that came together, the last one counts. */
  #done(response: ServerResponse): void {
    if (this.#due !== response) return
    this.#due = undefined
    if (this.#isOld) this.#socket.destroySoon()
  }
}
