// PostgreSQL over attested connections: the factory that pg asks for its sockets.
import type { Duplex } from 'node:stream'
import { expectOptions, UsageError } from '../../core/index.js'
import { createClient } from '../client.js'
import { type ClientOptions, clientKeys, clientOptionsOf, expectAge } from '../options.js'
import { PendingSocket, type StreamOwner } from './pending-socket.js'

export type AttestedStreamOptions = ClientOptions

/**
 * The `stream` of a `Client` or `Pool` of pg: every connection leads to a server of `@tresor/sdk/tls/raw`, or to a `tresor proxy`, that
 * stands before PostgreSQL and was accepted. pg's own `ssl` must be off: the attested connection is encrypted.
 * @throws UsageError ERR_USAGE_OPTION, ERR_USAGE_POLICY, ERR_USAGE_POLICY_EMPTY
 * @example
 * new Pool({ host: 'enclave.example', stream: attestedStream({ policy, trust: 'evidence-only' }) })
 */
export function attestedStream(options: AttestedStreamOptions): () => Duplex {
  const client = createClient(expectOptions(options, clientKeys, 'attestedStream'))
  return function createStream(this: unknown, config?: unknown): Duplex {
    refuseSsl(config)
    const pending = new PendingSocket(client, ownerOf(this))
    return pending as unknown as Duplex // it does what pg asks of a socket that is not connected yet, and is then replaced by one
  }
}

export interface AttestedConfigOptions extends AttestedStreamOptions {
  /** No client is taken from the pool whose connection was attested longer ago. Default one hour. */
  readonly maxConnectionAgeMs?: number
}

/** What a `Pool` of pg needs, to be spread into its options. */
export interface AttestedConfig {
  readonly stream: () => Duplex
  readonly ssl: false
  readonly maxLifetimeSeconds: number
}

const defaultMaxConnectionAgeMs = 3_600_000

/**
 * The options of a `Pool` of pg whose connections are attested, and retired when they grow old: idle ones at once, others when they are
 * given back.
 * @throws UsageError ERR_USAGE_OPTION, ERR_USAGE_POLICY, ERR_USAGE_POLICY_EMPTY
 * @example
 * new Pool({ host: 'enclave.example', ...attestedConfig({ policy, trust: 'evidence-only' }) })
 */
export function attestedConfig(options: AttestedConfigOptions): AttestedConfig {
  expectOptions(options, [...clientKeys, 'maxConnectionAgeMs'], 'attestedConfig')
  const ageMs = expectAge(options.maxConnectionAgeMs, 'attestedConfig') ?? defaultMaxConnectionAgeMs
  return { stream: attestedStream(clientOptionsOf(options)), ssl: false, maxLifetimeSeconds: ageMs / 1000 }
}

function ownerOf(value: unknown): StreamOwner {
  if (typeof value === 'object' && value !== null && 'stream' in value) return value
  throw new UsageError('ERR_USAGE_OPTION', 'attestedStream: expected to be called by a Client or Pool of pg', {
    details: { field: 'stream' }
  })
}

function refuseSsl(config: unknown): void {
  if (typeof config !== 'object' || config === null || !Reflect.get(config, 'ssl')) return
  throw new UsageError('ERR_USAGE_OPTION', 'pg: ssl must be off with attestedStream, which encrypts by itself', {
    details: { field: 'ssl' }
  })
}
