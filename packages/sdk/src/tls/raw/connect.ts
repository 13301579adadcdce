// Attested TLS for protocols of one's own: a TLSSocket as node:tls makes it.
import type { TLSSocket } from 'node:tls'
import { expectOptions } from '../../core/index.js'
import { type ConnectTarget, createClient } from '../client.js'
import { type ClientOptions, clientKeys, clientOptionsOf } from '../options.js'

export interface ConnectOptions extends ClientOptions, Omit<ConnectTarget, 'protocols'> {}

const targetKeys = ['host', 'port', 'path', 'servername', 'signal'] as const

/**
 * A connection to a server of `createServer` whose evidence was accepted. For many connections to one service `createClient` is the
 * better way: it remembers what it verified.
 * @throws EvidenceError, PolicyError, UnavailableError, UsageError
 * @example
 * const socket = await connect({ host: 'enclave.example', port: 5432, policy, trust: 'evidence-only' })
 */
export async function connect(options: ConnectOptions): Promise<TLSSocket> {
  expectOptions(options, [...clientKeys, ...targetKeys], 'connect')
  const target = targetKeys.flatMap((key) => (options[key] === undefined ? [] : [[key, options[key]]]))
  return createClient(clientOptionsOf(options)).connect({ ...Object.fromEntries(target), protocols: ['raw'] })
}
