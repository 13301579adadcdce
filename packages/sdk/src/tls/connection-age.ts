// No HTTP request begins on a connection that was attested too long ago: its client connects anew, and with that proves itself anew.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Http2SecureServer, ServerHttp2Session } from 'node:http2'
import type { Server as HttpsServer } from 'node:https'
import { performance } from 'node:perf_hooks'
import type { TLSSocket } from 'node:tls'
import type { ServerSettings } from './options.js'

/** Ends connections in peace: HTTP/1.1 with the response that comes after `maxConnectionAgeMs`, HTTP/2 by saying that it goes away. */
export function retireConnections(server: HttpsServer | Http2SecureServer, settings: ServerSettings): void {
  const { maxConnectionAgeMs: maxAgeMs } = settings
  if (maxAgeMs === undefined) return
  const startedAt = new WeakMap<object, number>()
  const emitter: NodeJS.EventEmitter = server
  emitter.on('secureConnection', (socket: TLSSocket) => startedAt.set(socket, performance.now()))
  emitter.prependListener('request', (request: IncomingMessage, response: ServerResponse) => {
    if (request.httpVersionMajor !== 1) return
    const age = performance.now() - (startedAt.get(request.socket) ?? 0)
    if (age > maxAgeMs) response.shouldKeepAlive = false
  })
  emitter.on('session', (session: ServerHttp2Session) => {
    const timer = setTimeout(() => session.close(), maxAgeMs).unref()
    session.once('close', () => clearTimeout(timer))
  })
}
