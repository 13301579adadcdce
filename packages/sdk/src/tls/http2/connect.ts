// HTTP/2 over an attested connection. `http2.connect` takes its socket at once, so the connection is made and attested before.
import { type ClientHttp2Session, type ClientSessionOptions, connect as connectHttp2 } from 'node:http2'
import { performance } from 'node:perf_hooks'
import type { TLSSocket } from 'node:tls'
import { expectInteger, expectOptions } from '../../core/index.js'
import { type ConnectTarget, createClient } from '../client.js'
import { type ClientOptions, clientKeys, clientOptionsOf } from '../options.js'
import { runBefore } from '../run-before.js'

export interface ConnectOptions extends ClientOptions, Omit<ConnectTarget, 'protocols'> {
  /** What `http2.connect` takes, apart from how the connection is made. */
  readonly http2?: Omit<ClientSessionOptions, 'createConnection' | 'protocol'>
  /** Ends the session that long after it was attested; requests under way are finished. Default one hour. */
  readonly maxConnectionAgeMs?: number
}

const targetKeys = ['host', 'port', 'path', 'socket', 'servername', 'signal'] as const
const defaultMaxConnectionAgeMs = 3_600_000
const maxTimerMs = 0x7fff_ffff

/**
 * A session with a server whose evidence was accepted; `sessionVerdict` tells what it is.
 * @throws EvidenceError, PolicyError, UnavailableError, UsageError
 * @example
 * const session = await connect({ host: 'enclave.example', port: 8443, policy, trust: 'evidence-only' })
 */
export async function connect(options: ConnectOptions): Promise<ClientHttp2Session> {
  expectOptions(options, [...clientKeys, ...targetKeys, 'http2', 'maxConnectionAgeMs'], 'connect')
  const { maxConnectionAgeMs = defaultMaxConnectionAgeMs, http2 = {} } = options
  expectInteger(maxConnectionAgeMs, [1, maxTimerMs], 'connect.maxConnectionAgeMs')
  const target = targetKeys.flatMap((key) => (options[key] === undefined ? [] : [[key, options[key]]]))
  const client = createClient(clientOptionsOf(options))
  const socket = await client.connect({ ...Object.fromEntries(target), protocols: ['h2'] })
  const session = startSession(authorityOf(options), socket, http2)
  retireSession(session, maxConnectionAgeMs)
  return session
}

/** By a timer, and where that comes late, before the next request. */
function retireSession(session: ClientHttp2Session, maxAgeMs: number): void {
  const start = performance.now()
  const timer = setTimeout(() => session.close(), maxAgeMs).unref()
  session.once('close', () => clearTimeout(timer))
  runBefore(session, 'request', () => {
    if (performance.now() - start > maxAgeMs) session.close()
  })
}

/** In the turn in which the socket was handed over: an error of it must find the session listening. */
function startSession(authority: URL, socket: TLSSocket, options: ClientSessionOptions): ClientHttp2Session {
  return connectHttp2(authority, { ...options, createConnection: () => socket })
}

function authorityOf({ host = 'localhost', port, servername }: ConnectOptions): URL {
  const name = servername ?? host
  return new URL(`https://${name.includes(':') ? `[${name}]` : name}${port === undefined ? '' : `:${port}`}`)
}
