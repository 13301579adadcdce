// The verdict, whatever a handler has been given: the libraries on top of a connection each show another part of it.
import { tlsVerdict, type Verdict } from './verdict.js'

/**
 * The verdict on the peer behind a socket, a request or response of HTTP/1.1 or HTTP/2 (also those of express and fastify), the request of a
 * WebSocket's upgrade, an HTTP/2 stream or session, or a call of gRPC. `undefined` as for `tlsVerdict`, and once an HTTP/2 session has ended.
 * @example
 * const verdict = verdictOf(request)
 */
export function verdictOf(source: object | null | undefined): Verdict | undefined {
  if (source === null || source === undefined) return undefined
  for (const read of ways) {
    const verdict = tlsVerdict(read(source))
    if (verdict !== undefined) return verdict
  }
  return undefined
}

type Part = object | undefined

/** From what there is to the socket, or to what has the verdict in its place. */
const ways: readonly ((source: object) => Part)[] = [
  (source) => source,
  (source) => partOf(source, 'socket'),
  (source) => partOf(partOf(source, 'session'), 'socket'),
  (source) => partOf(partOf(source, 'stream'), 'session', 'socket'),
  (source) => partOf(source, 'raw', 'socket'),
  authenticatedPeer
]

function partOf(source: Part, ...names: readonly string[]): Part {
  let part: unknown = source
  for (const name of names) {
    if (typeof part !== 'object' || part === null) return undefined
    part = readFrom(part, name)
  }
  return typeof part === 'object' && part !== null ? part : undefined
}

/** The proxy of a socket throws where its session has ended. */
function readFrom(part: object, name: string): unknown {
  try {
    return Reflect.get(part, name, part)
  } catch {
    return undefined
  }
}

/** A call of grpc-js shows the certificate of its client, which our servers have the verdict on. */
function authenticatedPeer(source: object): Part {
  const read = readFrom(source, 'getAuthContext')
  if (typeof read !== 'function') return undefined
  const context: unknown = read.call(source)
  return typeof context === 'object' && context !== null ? partOf(context, 'sslPeerCertificate') : undefined
}
