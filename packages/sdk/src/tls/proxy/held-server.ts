// The TLS server inside a route: it never listens, is handed its connections, and hands over those whose exchange is over.
import { createServer, type Server, type TLSSocket } from 'node:tls'
import type { FrameChannel } from '../frames.js'
import { holdConnections } from '../hold.js'
import { serverTlsOptions } from '../server-options.js'
import type { ServerRouteSettings } from './settings.js'

export interface HeldServer {
  readonly server: Server
  readonly exchanges: ReadonlySet<FrameChannel>
}

type Emit = (event: string | symbol, ...values: unknown[]) => boolean

/** `onSecure` hears of each connection whose TLS handshake is done, before the exchange begins. */
export function createHeldServer(settings: ServerRouteSettings, onSecure: (socket: TLSSocket) => void): HeldServer {
  const { mode, attestation, certificate, timeouts } = settings
  const options = serverTlsOptions(
    { handshakeTimeout: timeouts.handshakeMs, ...pemOf(certificate) },
    attestation,
    mode === 'http' ? ['h2', 'http/1.1'] : ['raw']
  )
  const server = createServer(options)
  const exchanges = holdConnections(server, attestation, options)
  const emit = server.emit.bind(server) as Emit // its type lists the events that it knows
  server.emit = ((event, ...values) => {
    if (event === 'secureConnection') onSecure(values[0] as TLSSocket) // that is what this event carries
    return emit(event, ...values)
  }) as Emit
  return { server, exchanges }
}

function pemOf(certificate: ServerRouteSettings['certificate']): { cert?: string | Buffer; key?: string | Buffer } {
  if (certificate === undefined) return {}
  return { cert: textOrBuffer(certificate.cert), key: textOrBuffer(certificate.key) }
}

function textOrBuffer(pem: string | Uint8Array): string | Buffer {
  return typeof pem === 'string' ? pem : Buffer.from(pem)
}
