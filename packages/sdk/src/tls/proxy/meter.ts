// Counts one connection while it is open, and what it has carried when it ends.
import type { Socket } from 'node:net'
import type { RouteContext } from './route.js'
import type { Meter } from './stats.js'

export interface Metered {
  readonly route: string
  readonly peer: string
  /** The connection lives as long as this socket. */
  readonly socket: Socket
  /** In from whoever has connected, out to them. */
  bytes(): { readonly in: number; readonly out: number }
}

export function meterConnection({ stats, onEvent }: RouteContext, { route, peer, socket, bytes }: Metered): void {
  const meter: Meter = { bytes }
  stats.begin(meter)
  onEvent({ kind: 'opened', route, peer })
  socket.once('close', () => {
    stats.end(meter)
    onEvent({ kind: 'ended', route, peer, ...bytes() })
  })
}

/** What `caller`, who has connected, has sent and was sent from now on. What waits to be read counts, too. */
export function bytesFrom(caller: Socket): Metered['bytes'] {
  const [read, written] = [caller.bytesRead - caller.readableLength, caller.bytesWritten]
  return () => ({ in: caller.bytesRead - read, out: caller.bytesWritten - written })
}

/** The same, seen from the other side: what was sent to `callee` came from the caller. */
export function bytesTowards(callee: Socket): Metered['bytes'] {
  return () => ({ in: callee.bytesWritten, out: callee.bytesRead })
}
