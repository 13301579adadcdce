// What pg holds while its socket is being connected and attested. pg wants a socket at once, and begins to listen to it at once; listening
// to the real one would take the bytes of the exchange. So it listens to this, and is handed over with its listeners.
import { EventEmitter } from 'node:events'
import type { TLSSocket } from 'node:tls'
import type { AttestedClient, ConnectTarget } from '../client.js'

/** The connection of pg. It calls the factory as a method of its own, for its property `stream`. */
export interface StreamOwner {
  stream: unknown
}

export class PendingSocket extends EventEmitter {
  /** pg ends a stream that it cannot write to without saying goodbye. */
  readonly writable = false
  readonly #client: AttestedClient
  readonly #owner: StreamOwner
  readonly #attempt = new AbortController()
  readonly #settings: ((socket: TLSSocket) => void)[] = []

  constructor(client: AttestedClient, owner: StreamOwner) {
    super()
    this.#client = client
    this.#owner = owner
  }

  /** As pg calls it: port and host, or the path of a Unix socket. */
  connect(port: number | string, host?: string): this {
    const target: ConnectTarget =
      typeof port === 'string' && host === undefined
        ? { path: port, protocols: ['raw'] }
        : { port: Number(port), host: host ?? 'localhost', protocols: ['raw'] }
    this.#client.connect({ ...target, signal: this.#attempt.signal }).then(
      (socket) => (this.#attempt.signal.aborted ? socket.destroy() : this.#handOver(socket)),
      (error: unknown) => this.#fail(error)
    )
    return this
  }

  setNoDelay(isOn?: boolean): this {
    return this.#later((socket) => socket.setNoDelay(isOn))
  }

  setKeepAlive(isOn?: boolean, delayMs?: number): this {
    return this.#later((socket) => socket.setKeepAlive(isOn, delayMs))
  }

  ref(): this {
    return this.#later((socket) => socket.ref())
  }

  unref(): this {
    return this.#later((socket) => socket.unref())
  }

  end(): this {
    return this.destroy()
  }

  destroy(error?: Error): this {
    this.#attempt.abort(error)
    return this
  }

  #later(setting: (socket: TLSSocket) => void): this {
    this.#settings.push(setting)
    return this
  }

  /** In one turn, so that no byte and no event of the socket goes unheard. */
  #handOver(socket: TLSSocket): void {
    this.#owner.stream = socket
    for (const setting of this.#settings) setting(socket)
    const onConnect = this.rawListeners('connect')
    this.removeAllListeners('connect')
    for (const name of this.eventNames()) moveListeners(this, socket, name)
    for (const listener of onConnect) listener.call(socket)
  }

  #fail(error: unknown): void {
    const { reason } = this.#attempt.signal
    this.emit('error', reason instanceof Error && reason.name !== 'AbortError' ? reason : error)
    this.emit('close')
  }
}

/** Raw ones: what was to be called once must not be called twice. */
function moveListeners(from: EventEmitter, to: EventEmitter, name: string | symbol): void {
  for (const listener of from.rawListeners(name)) to.on(name, listener as Listener) // whatever was listening is such a function
  from.removeAllListeners(name)
}

type Listener = (...values: unknown[]) => void
