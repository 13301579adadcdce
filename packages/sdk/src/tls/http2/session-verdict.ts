// The verdict behind an HTTP/2 session. Node shows the socket of a session as a proxy, which no table of sockets knows.
import type { Http2Session } from 'node:http2'
import { tlsVerdict, type Verdict } from '../verdict.js'

/** The verdict on the peer of `session`, on either side; undefined as for `tlsVerdict`, and once the session has ended. */
export function sessionVerdict(session: Http2Session | undefined): Verdict | undefined {
  if (session === undefined || session.destroyed) return undefined
  // Methods of the proxy run on the socket itself, and this one returns what it ran on.
  return tlsVerdict(session.socket.off('close', ignore))
}

function ignore(): void {
  // Never added to anything.
}
