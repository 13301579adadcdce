// What a handler of grpc-js can see of its client: a certificate. Attested clients show none, so in its place stands something that only
// the verdict hangs on.
import type { TLSSocket } from 'node:tls'
import { setVerdict, tlsVerdict } from '../verdict.js'

/** From now on `call.getAuthContext()` of grpc-js leads from calls on `socket` to its verdict, where there is one. */
export function showPeer(socket: TLSSocket): void {
  const verdict = tlsVerdict(socket)
  if (verdict === undefined) return
  const { raw = Buffer.alloc(0), ...rest } = socket.getPeerCertificate() ?? {}
  const peer = Object.freeze({ ...rest, raw })
  setVerdict(peer, verdict)
  Object.assign(socket, { authorized: true, getPeerCertificate: () => peer })
}
