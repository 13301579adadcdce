// Which fields of HTTP messages go on to the other side. Fields that speak about one connection only stay behind (RFC 9110 §7.6.1), and so
// does everything that looks like a word of ours: nobody but this proxy says `x-tresor-…` to the program beside it.
import type { IncomingHttpHeaders } from 'node:http'

/** Names in lower case. */
export type Fields = Record<string, string | string[]>

/** What a proxy says about the peer of a request, or of a response. */
export const verdictField = 'x-tresor-verdict'

const perConnection: readonly string[] = [
  'connection',
  'expect', // answered by this side
  'http2-settings',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade'
]

/** A sender names further fields of its connection; these are none. */
const neverNamed: readonly string[] = ['content-length', 'host']

export function passableFields(headers: IncomingHttpHeaders): Fields {
  const named = String(headers.connection ?? '')
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => !neverNamed.includes(name))
  const fields: Fields = {}
  for (const [name, value] of Object.entries(headers)) {
    const isOurs = name.startsWith(':') || isReserved(name)
    if (value !== undefined && !isOurs && !perConnection.includes(name) && !named.includes(name)) fields[name] = value
  }
  const authority = headers[':authority'] // what HTTP/2 has in place of a host
  return typeof authority === 'string' ? { ...fields, host: authority } : fields
}

/** Whether a request of HTTP/1.1 says that a body follows. */
export function hasBodyField(headers: IncomingHttpHeaders): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
}

/** Trailers come when the fields above have been acted on: framing and routing must not change any more. */
export function passableTrailers(trailers: IncomingHttpHeaders): Record<string, string> {
  const { host: _host, 'content-length': _length, ...fields } = passableFields(trailers)
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, String(value)]))
}

/**
 * CGI and its kin read `X_Tresor_Verdict` and `X.Tresor.Verdict` as if they were `X-Tresor-Verdict`: what is no letter and no digit
 * counts as one character.
 */
export function isReserved(name: string): boolean {
  return normalise(name).startsWith('x-tresor-')
}

/** Whether a backend might take the field `name` for `known`. */
export function looksLike(name: string, known: readonly string[]): boolean {
  return known.includes(normalise(name))
}

function normalise(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9]/g, '-')
}
