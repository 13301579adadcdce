// The verdict behind an HTTP/2 session.
import type { Http2Session } from 'node:http2'
import { tlsVerdict, type Verdict } from '../verdict.js'

/** The verdict on the peer of `session`, on either side; undefined as for `tlsVerdict`, and once the session has ended. */
export function sessionVerdict(session: Http2Session | undefined): Verdict | undefined {
  if (session === undefined || session.destroyed) return undefined
  return tlsVerdict(session.socket)
}
