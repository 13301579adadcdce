// The side of a proxy that requests come in on: HTTP/1.1, and HTTP/2 on attested connections that have agreed on it. The servers in here
// never listen; they are handed connections.
import { createServer as createHttp1Server, type Server, type ServerResponse } from 'node:http'
import { createServer as createHttp2Server, type Http2Server, type ServerHttp2Session } from 'node:http2'
import type { Socket } from 'node:net'
import { sessionVerdict } from '../../http2/session-verdict.js'
import { tlsVerdict } from '../../verdict.js'
import { hasBodyField } from './headers.js'
import { relay } from './relay.js'
import type { HttpRules } from './rules.js'
import { passUpgrade } from './upgrade.js'

export interface HttpEndOptions {
  /** No request begins on a connection that is older. */
  readonly maxConnectionAgeMs: number | undefined
  readonly steadyClock: () => number
}

export class HttpEnd {
  readonly #rules: HttpRules
  readonly #options: HttpEndOptions
  readonly #http1: Server
  readonly #http2: Http2Server
  readonly #sessions = new Set<ServerHttp2Session>()
  /** Responses of HTTP/1.1 under way. */
  readonly #answering = new Set<ServerResponse>()
  readonly #since = new WeakMap<object, number>()
  #isRetiring = false

  constructor(rules: HttpRules, options: HttpEndOptions) {
    this.#rules = rules
    this.#options = options
    this.#http1 = this.#createHttp1()
    this.#http2 = this.#createHttp2()
  }

  serve(socket: Socket & { readonly alpnProtocol?: string | false | null }): void {
    this.#since.set(socket, this.#options.steadyClock())
    const server = socket.alpnProtocol === 'h2' ? this.#http2 : this.#http1
    server.emit('connection', socket)
  }

  /** Each connection ends with what is under way on it. */
  retire(): void {
    this.#isRetiring = true
    for (const response of this.#answering) response.shouldKeepAlive = false
    this.#http1.closeIdleConnections()
    for (const session of this.#sessions) session.close()
  }

  destroy(): void {
    this.#http1.close() // its timer; it does not listen
    for (const session of this.#sessions) session.destroy()
    this.#rules.destroy()
  }

  #createHttp1(): Server {
    const server = createHttp1Server(limits)
    server.on('request', (request, response) => {
      if (this.#isRetiring || this.#isOld(request.socket)) response.shouldKeepAlive = false
      this.#remember(response)
      const { headers, socket } = request
      relay({ request, response, hasBody: hasBodyField(headers), sender: senderOn(socket) }, this.#rules)
    })
    server.on('upgrade', (request, socket, head) => {
      passUpgrade({ server, request, socket: socket as Socket, head }, senderOn(request.socket), this.#rules) // it is the socket of the request
    })
    server.emit('listening') // starts the timer that ends slow requests
    return server
  }

  /** A response that has begun to say that its connection stays cannot take that back: then the connection ends with it. */
  #remember(response: ServerResponse): void {
    this.#answering.add(response)
    response.once('close', () => {
      this.#answering.delete(response)
      if (this.#isRetiring) setImmediate(() => this.#http1.closeIdleConnections())
    })
  }

  #createHttp2(): Http2Server {
    const server = createHttp2Server({ settings: { maxConcurrentStreams } })
    server.on('session', (session) => this.#keep(session))
    server.on('request', (request, response) => {
      const sender = { address: request.socket.remoteAddress ?? '', verdict: sessionVerdict(request.stream.session) }
      relay({ request, response, hasBody: !request.stream.endAfterHeaders, sender }, this.#rules)
    })
    server.on('sessionError', ignore) // the session ends by it
    return server
  }

  #keep(session: ServerHttp2Session): void {
    const { maxConnectionAgeMs } = this.#options
    this.#sessions.add(session)
    if (this.#isRetiring) session.close()
    const timer =
      maxConnectionAgeMs === undefined ? undefined : setTimeout(() => session.close(), maxConnectionAgeMs).unref()
    session.once('close', () => {
      clearTimeout(timer)
      this.#sessions.delete(session)
    })
  }

  #isOld(socket: Socket): boolean {
    const { maxConnectionAgeMs, steadyClock } = this.#options
    if (maxConnectionAgeMs === undefined) return false
    return steadyClock() - (this.#since.get(socket) ?? 0) > maxConnectionAgeMs
  }
}

/** No limit for a whole request: streams may last. */
const limits = { headersTimeout: 30_000, requestTimeout: 0, keepAliveTimeout: 65_000 }
const maxConcurrentStreams = 128

function senderOn(socket: Socket): { readonly address: string; readonly verdict: ReturnType<typeof tlsVerdict> } {
  return { address: socket.remoteAddress ?? '', verdict: tlsVerdict(socket) }
}

function ignore(): undefined {
  return undefined
}
