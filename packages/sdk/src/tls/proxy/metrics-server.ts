// Numbers and health of a proxy, on a listener of their own.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Address } from './address.js'
import { type Accepts, Listener } from './listener.js'

export interface Health {
  metrics(): string
  /** False from the moment in which the proxy is told to end. */
  isReady(): boolean
}

export interface MetricsServer {
  readonly address: string
  close(): void
}

/** @throws UnavailableError ERR_PROXY_LISTEN */
export async function openMetrics(address: Address, health: Health): Promise<MetricsServer> {
  const server = createServer({ headersTimeout: 5000, requestTimeout: 5000 }, (request, response) => {
    answer(request, response, health)
  })
  const target: Accepts = { accept: (socket) => void server.emit('connection', socket) }
  const listener = await Listener.open(address, target)
  server.emit('listening') // starts the timer that ends slow requests
  return {
    address: listener.address,
    close: () => {
      listener.close()
      server.closeAllConnections()
      server.close() // its timer; it does not listen
    }
  }
}

function answer(request: IncomingMessage, response: ServerResponse, health: Health): void {
  const { status, text } = answerTo(request, health)
  const type = `text/plain; ${request.url === '/metrics' ? 'version=0.0.4; ' : ''}charset=utf-8`
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(text) })
  response.end(text)
}

function answerTo(
  { method, url }: IncomingMessage,
  health: Health
): { readonly status: number; readonly text: string } {
  if (method !== 'GET' && method !== 'HEAD') return { status: 405, text: 'only GET\n' }
  switch (url) {
    case '/metrics':
      return { status: 200, text: health.metrics() }
    case '/healthz':
      return { status: 200, text: 'ok\n' }
    case '/readyz':
      return health.isReady() ? { status: 200, text: 'ok\n' } : { status: 503, text: 'draining\n' }
    default:
      return { status: 404, text: 'there are /metrics, /healthz and /readyz\n' }
  }
}
