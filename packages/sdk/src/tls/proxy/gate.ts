// The door of an attested listener: how many connections, how many handshakes at once, and how many of them from one network. A handshake
// that waits for its client makes room for a newcomer, the oldest first; one that waits for us is never sent away.
import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { UnavailableError } from '../../core/index.js'
import type { FrameChannel } from '../frames.js'
import type { LimitSettings } from './limits.js'
import { networkOf, peerNameOf } from './peer-name.js'
import { resetSocket } from './pump.js'

/** A connection, from the moment in which TCP has it. */
export interface Visitor {
  readonly raw: Socket
  readonly peer: string
  readonly network: string
  readonly since: number
  /** `tls` and `exchange` count as handshakes. */
  phase: 'tls' | 'exchange' | 'open'
}

export interface GateTools {
  readonly limits: LimitSettings
  /** Exchanges of evidence under way, the oldest first. */
  readonly exchanges: ReadonlySet<FrameChannel>
  readonly steadyClock: () => number
}

export class Gate {
  readonly #tools: GateTools
  /** By peer, in the order in which they came. */
  readonly #visitors = new Map<string, Visitor>()
  readonly #handshakes = new Set<Visitor>()
  readonly #byNetwork = new Map<string, number>()

  constructor(tools: GateTools) {
    this.#tools = tools
  }

  /** @throws UnavailableError ERR_PROXY_LIMIT */
  admit(raw: Socket): Visitor {
    const { limits, steadyClock } = this.#tools
    const visitor: Visitor = {
      raw,
      peer: peerNameOf(raw),
      network: networkOf(raw),
      since: steadyClock(),
      phase: 'tls'
    }
    if (this.#visitors.size >= limits.connections) throw tooMany(`${limits.connections} connections are open`)
    if (this.#countOf(visitor.network) >= limits.handshakesPerAddress) this.#makeRoom(visitor.network)
    if (this.#handshakes.size >= limits.handshakes) this.#makeRoom(undefined)
    this.#visitors.set(visitor.peer, visitor)
    this.#handshakes.add(visitor)
    this.#byNetwork.set(visitor.network, this.#countOf(visitor.network) + 1)
    raw.once('close', () => this.#leave(visitor))
    return visitor
  }

  /** Who is behind a TLS connection; undefined once TCP has gone. */
  find(socket: TLSSocket): Visitor | undefined {
    return this.#visitors.get(peerNameOf(socket))
  }

  /** TLS is done: from now on `exchanges` knows whose turn it is. */
  beginExchange(visitor: Visitor): void {
    visitor.phase = 'exchange'
  }

  /** The handshake is over. Returns how long it has taken, in milliseconds. */
  open(visitor: Visitor): number {
    visitor.phase = 'open'
    this.#endHandshake(visitor)
    return this.#tools.steadyClock() - visitor.since
  }

  #makeRoom(network: string | undefined): void {
    const isMeant = (visitor: Visitor | undefined): boolean => network === undefined || visitor?.network === network
    for (const visitor of this.#handshakes) {
      if (visitor.phase !== 'tls' || !isMeant(visitor)) continue
      this.#endHandshake(visitor)
      resetSocket(visitor.raw)
      return
    }
    for (const channel of this.#tools.exchanges) {
      const visitor = this.find(channel.socket)
      if (!channel.isWaiting || visitor === undefined || !isMeant(visitor)) continue
      this.#endHandshake(visitor)
      channel.end(tooMany('others needed the place of a peer that keeps us waiting'))
      return
    }
    throw tooMany(network === undefined ? 'too many handshakes are under way' : 'too many handshakes from one address')
  }

  #leave(visitor: Visitor): void {
    this.#endHandshake(visitor)
    if (this.#visitors.get(visitor.peer) === visitor) this.#visitors.delete(visitor.peer)
  }

  #endHandshake(visitor: Visitor): void {
    if (!this.#handshakes.delete(visitor)) return
    const left = this.#countOf(visitor.network) - 1
    if (left > 0) this.#byNetwork.set(visitor.network, left)
    else this.#byNetwork.delete(visitor.network)
  }

  #countOf(network: string): number {
    return this.#byNetwork.get(network) ?? 0
  }
}

export function tooMany(reason: string): UnavailableError {
  return new UnavailableError('ERR_PROXY_LIMIT', `proxy: ${reason}`, { details: { retryAfterMs: 1000 } })
}
