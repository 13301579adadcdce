// Attested TLS comes in; what it carries goes to a program beside the proxy.
import type { Socket } from 'node:net'
import type { Server, TLSSocket } from 'node:tls'
import { formatAddress } from './address.js'
import { dial } from './backend.js'
import { Gate, type Visitor } from './gate.js'
import { createHeldServer } from './held-server.js'
import { backendRules } from './http/backend-rules.js'
import { HttpEnd } from './http/http-end.js'
import { bytesFrom, bytesTowards, meterConnection } from './meter.js'
import { endOf, joinEnds, resetSocket } from './pump.js'
import { backendDown, Connections, type Route, type RouteContext, reportRefusal } from './route.js'
import type { ServerRouteSettings } from './settings.js'
import { tlsFailure } from './tls-failure.js'

export function createServerRoute(settings: ServerRouteSettings, context: RouteContext): Route {
  return new ServerRoute(settings, context)
}

class ServerRoute implements Route {
  readonly name: string
  readonly leadsTo: string
  readonly #settings: ServerRouteSettings
  readonly #context: RouteContext
  readonly #connections = new Connections()
  /** Never listens: the listener of this route, which outlives it, hands connections to it. */
  readonly #tls: Server
  readonly #gate: Gate
  readonly #http: HttpEnd | undefined

  constructor(settings: ServerRouteSettings, context: RouteContext) {
    this.name = settings.name
    this.leadsTo = formatAddress(settings.to)
    this.#settings = settings
    this.#context = context
    this.#http = settings.mode === 'http' ? createHttpEnd(settings, context) : undefined
    const { server, exchanges } = createHeldServer(settings, (socket) => this.#beginExchange(socket))
    this.#tls = server
    this.#gate = new Gate({ limits: settings.limits, exchanges, steadyClock: context.steadyClock })
    server.on('secureConnection', (socket) => this.#open(socket))
    server.on('attestationError', (error: unknown, socket: TLSSocket) => this.#refuse(this.#peerOf(socket), error))
    server.on('tlsClientError', (error, socket) => this.#refuseTls(error, socket))
  }

  get size(): number {
    return this.#connections.size
  }

  accept(raw: Socket): void {
    try {
      this.#gate.admit(raw)
    } catch (error) {
      this.#refuse('', error)
      resetSocket(raw)
      return
    }
    this.#connections.add(raw)
    raw.allowHalfOpen = false // who ends in the middle of a handshake has gone
    this.#tls.emit('connection', raw)
  }

  retire(): void {
    this.#http?.retire()
  }

  whenEmpty(done: () => void): void {
    this.#connections.whenEmpty(done)
  }

  destroy(): void {
    this.#http?.destroy()
    this.#connections.destroy()
  }

  #beginExchange(socket: TLSSocket): void {
    const visitor = this.#gate.find(socket)
    if (visitor !== undefined) this.#gate.beginExchange(visitor)
  }

  #open(socket: TLSSocket): void {
    const visitor = this.#gate.find(socket)
    if (visitor === undefined) {
      socket.destroy() // TCP has gone meanwhile
      return
    }
    socket.allowHalfOpen = true
    this.#context.stats.handshakes.observe(this.#gate.open(visitor))
    if (this.#http === undefined) {
      this.#join(socket, visitor).catch((error: unknown) => this.#refuse(visitor.peer, error))
      return
    }
    meterConnection(this.#context, { route: this.name, peer: visitor.peer, socket, bytes: bytesFrom(socket) })
    this.#http.serve(socket)
  }

  async #join(socket: TLSSocket, { raw, peer }: Visitor): Promise<void> {
    const { to, timeouts } = this.#settings
    const gone = new AbortController()
    const abandon = (): void => gone.abort()
    socket.on('error', abandon)
    socket.once('close', abandon)
    try {
      const backend = await dial(to, { timeoutMs: timeouts.connectMs, signal: gone.signal })
      if (socket.destroyed) return void backend.destroy()
      meterConnection(this.#context, { route: this.name, peer, socket, bytes: bytesTowards(backend) })
      joinEnds({ stream: socket, abort: () => resetSocket(raw) }, endOf(backend), timeouts.halfClosedMs)
    } catch (cause) {
      if (gone.signal.aborted) return // by the client; nobody is left to be told
      resetSocket(raw)
      throw backendDown(this.leadsTo, cause)
    } finally {
      socket.off('close', abandon)
    }
  }

  /** Whoever has sent nothing only wanted to know whether somebody listens. */
  #refuseTls(error: Error, socket: TLSSocket): void {
    const failure = tlsFailure(error)
    const visitor = this.#gate.find(socket)
    if (visitor === undefined || visitor.raw.bytesRead === 0) this.#context.stats.refuse(failure.code)
    else this.#refuse(visitor.peer, failure)
  }

  #peerOf(socket: TLSSocket): string {
    return this.#gate.find(socket)?.peer ?? ''
  }

  #refuse(peer: string, error: unknown): void {
    reportRefusal(this.#context, this.name, peer, error)
  }
}

function createHttpEnd(settings: ServerRouteSettings, context: RouteContext): HttpEnd {
  const { maxConnectionAgeMs } = settings
  return new HttpEnd(backendRules(settings, context), { maxConnectionAgeMs, steadyClock: context.steadyClock })
}
