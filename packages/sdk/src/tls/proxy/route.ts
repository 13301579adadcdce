// One route under one configuration. A reload makes another, and lets this one finish.
import type { Socket } from 'node:net'
import { TresorError, UnavailableError } from '../../core/index.js'
import type { OnProxyEvent } from './events.js'
import type { RouteStats } from './stats.js'

export interface Route {
  readonly name: string
  /** For logs. */
  readonly leadsTo: string
  accept(socket: Socket): void
  /** Nothing new begins on its connections where their protocol has a way to say so. What is under way goes on. */
  retire(): void
  /** Connections that are there now, in whatever state. */
  readonly size: number
  /** Calls back once there are none any more. */
  whenEmpty(done: () => void): void
  /** Ends them all. */
  destroy(): void
}

/** What every route is given. */
export interface RouteContext {
  readonly stats: RouteStats
  readonly onEvent: OnProxyEvent
  /** Milliseconds of a clock that is never set. */
  readonly steadyClock: () => number
}

/** The connections of a route. */
export class Connections {
  readonly #sockets = new Set<Socket>()
  #whenEmpty: (() => void) | undefined

  get size(): number {
    return this.#sockets.size
  }

  add(socket: Socket): void {
    this.#sockets.add(socket)
    socket.once('close', () => {
      this.#sockets.delete(socket)
      if (this.#sockets.size === 0) this.#whenEmpty?.()
    })
  }

  whenEmpty(done: () => void): void {
    this.#whenEmpty = done
    if (this.#sockets.size === 0) done()
  }

  destroy(): void {
    for (const socket of this.#sockets) socket.destroy()
  }
}

/** Counts a refusal and tells of it. */
export function reportRefusal(context: RouteContext, route: string, peer: string, error: unknown): void {
  const failure = TresorError.is(error) ? error : unexpected(error)
  context.stats.refuse(failure.code)
  context.onEvent({ kind: 'refused', route, peer, code: failure.code, message: failure.message })
}

export function backendDown(where: string, cause: unknown): UnavailableError {
  return new UnavailableError('ERR_PROXY_BACKEND', `proxy: ${where} cannot be reached: ${reasonOf(cause)}`, { cause })
}

/** Several addresses were tried: the error of the first says enough. */
export function reasonOf(cause: unknown): string {
  if (cause instanceof AggregateError && cause.errors.length > 0) return reasonOf(cause.errors[0])
  return cause instanceof Error ? cause.message : 'unknown'
}

function unexpected(cause: unknown): UnavailableError {
  return new UnavailableError('ERR_TLS_UNAVAILABLE', `proxy: ${reasonOf(cause)}`, { cause })
}
