// Plain bytes come from a program beside the proxy, and go to an attested server.
import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { UnavailableError } from '../../core/index.js'
import { type AttestedClient, createClient } from '../client.js'
import { formatAddress } from './address.js'
import { dial } from './backend.js'
import { tooMany } from './gate.js'
import { enclaveRules } from './http/enclave-rules.js'
import { HttpEnd } from './http/http-end.js'
import { bytesFrom, meterConnection } from './meter.js'
import { peerNameOf } from './peer-name.js'
import { endOf, joinEnds, resetSocket } from './pump.js'
import { Connections, type Route, type RouteContext, reasonOf, reportRefusal } from './route.js'
import type { ClientRouteSettings } from './settings.js'
import { Slots } from './slots.js'

export function createClientRoute(settings: ClientRouteSettings, context: RouteContext): Route {
  return new ClientRoute(settings, context)
}

class ClientRoute implements Route {
  readonly name: string
  readonly leadsTo: string
  readonly #settings: ClientRouteSettings
  readonly #context: RouteContext
  readonly #connections = new Connections()
  readonly #client: AttestedClient
  readonly #slots: Slots
  readonly #http: HttpEnd | undefined

  constructor(settings: ClientRouteSettings, context: RouteContext) {
    this.name = settings.name
    this.leadsTo = formatAddress(settings.connect)
    this.#settings = settings
    this.#context = context
    this.#client = createClient(settings.client)
    this.#slots = new Slots(settings.limits.handshakes)
    this.#http = settings.mode === 'http' ? createHttpEnd(settings, context) : undefined
  }

  get size(): number {
    return this.#connections.size
  }

  accept(local: Socket): void {
    const peer = peerNameOf(local)
    const { connections } = this.#settings.limits
    if (this.#connections.size >= connections) {
      resetSocket(local)
      this.#refuse(peer, tooMany(`${connections} connections are open`))
      return
    }
    this.#connections.add(local)
    if (this.#http === undefined) this.#join(local, peer).catch((error: unknown) => this.#refuse(peer, error))
    else this.#serve(this.#http, local, peer)
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

  #serve(http: HttpEnd, local: Socket, peer: string): void {
    meterConnection(this.#context, { route: this.name, peer, socket: local, bytes: bytesFrom(local) })
    http.serve(local)
  }

  async #join(local: Socket, peer: string): Promise<void> {
    const gone = new AbortController()
    const abandon = (): void => gone.abort()
    local.on('error', abandon)
    local.once('close', abandon)
    try {
      const { raw, attested } = await this.#slots.run(() => this.#connect(gone.signal))
      if (local.destroyed) return void attested.destroy()
      meterConnection(this.#context, { route: this.name, peer, socket: local, bytes: bytesFrom(local) })
      joinEnds(endOf(local), { stream: attested, abort: () => resetSocket(raw) }, this.#settings.timeouts.halfClosedMs)
    } catch (error) {
      if (gone.signal.aborted) return
      resetSocket(local)
      throw error
    } finally {
      local.off('close', abandon)
    }
  }

  /** TCP is ours, so that a failure behind it can be passed on as one. */
  async #connect(signal: AbortSignal): Promise<{ readonly raw: Socket; readonly attested: TLSSocket }> {
    const { connect, servername, timeouts } = this.#settings
    const since = this.#context.steadyClock()
    const raw = await dial(connect, { timeoutMs: timeouts.connectMs, signal }).catch((cause: unknown) => {
      throw unreachable(this.leadsTo, cause)
    })
    const { host, port } = connect
    const name = servername === undefined ? {} : { servername }
    const attested = await this.#client.connect({ socket: raw, host, port, protocols: ['raw'], signal, ...name })
    this.#context.stats.handshakes.observe(this.#context.steadyClock() - since)
    return { raw, attested }
  }

  #refuse(peer: string, error: unknown): void {
    reportRefusal(this.#context, this.name, peer, error)
  }
}

/** The age of connections concerns the attested side alone, and there the agent sees to it. */
function createHttpEnd(settings: ClientRouteSettings, context: RouteContext): HttpEnd {
  const options = { maxConnectionAgeMs: undefined, steadyClock: context.steadyClock }
  return new HttpEnd(enclaveRules(settings, context), options)
}

function unreachable(where: string, cause: unknown): UnavailableError {
  return new UnavailableError('ERR_TLS_CONNECT', `proxy: ${where} cannot be reached: ${reasonOf(cause)}`, { cause })
}
