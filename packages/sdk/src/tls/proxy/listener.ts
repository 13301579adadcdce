// A listening socket that outlives the configuration of its route: a reload changes what it hands its connections to.
import { once } from 'node:events'
import { lstat, unlink } from 'node:fs/promises'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { UnavailableError } from '../../core/index.js'
import { type Address, formatAddress } from './address.js'
import { keepAliveMs } from './backend.js'

export interface Accepts {
  accept(socket: Socket): void
}

export class Listener {
  readonly #server: Server
  readonly #address: Address
  #target: Accepts

  private constructor(address: Address, target: Accepts) {
    this.#address = address
    this.#target = target
    const options = { allowHalfOpen: true, noDelay: true, keepAlive: true, keepAliveInitialDelay: keepAliveMs }
    this.#server = createServer(options, (socket) => this.#target.accept(socket))
  }

  /** @throws UnavailableError ERR_PROXY_LISTEN */
  static async open(address: Address, target: Accepts): Promise<Listener> {
    const listener = new Listener(address, target)
    const server = listener.#server
    try {
      await removeLeftover(address)
      server.listen({ ...placeOf(address), backlog })
      await once(server, 'listening')
    } catch (cause) {
      throw cannotListen(address, cause)
    }
    // Running out of descriptors fails one accept, not the listener.
    server.on('error', ignore)
    return listener
  }

  /** As configured, with the port that the system has chosen. */
  get address(): string {
    const bound = this.#server.address()
    if (this.#address.kind === 'unix' || typeof bound !== 'object' || bound === null) {
      return formatAddress(this.#address)
    }
    return formatAddress({ ...this.#address, port: bound.port })
  }

  handTo(target: Accepts): void {
    this.#target = target
  }

  /** Takes no more connections; those that were taken go on. */
  close(): void {
    this.#server.close()
  }
}

const backlog = 4096

function placeOf(address: Address): { path: string } | { port: number; host?: string } {
  if (address.kind === 'unix') return { path: address.path }
  return { port: address.port, ...(address.host === undefined ? {} : { host: address.host }) }
}

/** A process that was killed leaves the file of its Unix socket behind. Where nobody answers on it, it is in the way of its successor. */
async function removeLeftover(address: Address): Promise<void> {
  if (address.kind !== 'unix') return
  const status = await lstat(address.path).catch(() => undefined) // listening says what is wrong with the path
  if (status?.isSocket() === true && !(await isAnswered(address.path))) await unlink(address.path)
}

function isAnswered(path: string): Promise<boolean> {
  const socket = connect({ path })
  return new Promise((resolve) => {
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', (error) => resolve(!('code' in error && error.code === 'ECONNREFUSED')))
  })
}

const remedies: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another process listens there',
  EACCES: 'ports below 1024 need CAP_NET_BIND_SERVICE; take another port, or grant it',
  EADDRNOTAVAIL: 'this machine does not have that address',
  ENOTFOUND: 'the name does not resolve'
}

function cannotListen(address: Address, cause: unknown): UnavailableError {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown'
  const remedy = remedies[code]
  return new UnavailableError('ERR_PROXY_LISTEN', `proxy: cannot listen on ${formatAddress(address)} (${code})`, {
    cause,
    details: { actual: code, ...(remedy === undefined ? {} : { remedy }) }
  })
}

function ignore(): undefined {
  return undefined
}
