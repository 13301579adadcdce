// ioredis over attested connections: the class that it asks for its sockets.

import { Socket } from 'node:net'
import { AbstractConnector, type RedisOptions } from 'ioredis'
import { expectOptions, UnavailableError, UsageError } from '../../core/index.js'
import { type AttestedClient, type ConnectTarget, createClient } from '../client.js'
import { type ClientOptions, clientKeys, clientOptionsOf, expectAge } from '../options.js'
import { retireWhenQuiet } from './retire.js'

export interface AttestedConnectorOptions extends ClientOptions {
  /**
   * A connection that was attested longer ago is ended when its commands are answered, or ten seconds later; ioredis makes another and sends
   * again what was not answered. Default one hour.
   */
  readonly maxConnectionAgeMs?: number
}

type ConnectorClass = NonNullable<RedisOptions['Connector']>

/**
 * A `Connector` for ioredis, or for several instances under one policy. Redis stands behind a server of `@tresor/sdk/tls/raw`, or behind
 * `tresor proxy`. While it is unavailable ioredis tries again, as `retryStrategy` says; where its evidence is refused, commands fail with the
 * reason, and the instance has ended.
 * @throws UsageError ERR_USAGE_OPTION, ERR_USAGE_POLICY, ERR_USAGE_POLICY_EMPTY
 * @example
 * new Redis({ host: 'enclave.example', port: 6379, Connector: attestedConnector({ policy, trust: 'evidence-only' }) })
 */
export function attestedConnector(options: AttestedConnectorOptions): ConnectorClass {
  expectOptions(options, [...clientKeys, 'maxConnectionAgeMs'], 'attestedConnector')
  const maxAgeMs = expectAge(options.maxConnectionAgeMs, 'attestedConnector') ?? defaultMaxConnectionAgeMs
  const client = createClient(clientOptionsOf(options))
  return class extends AttestedConnector {
    constructor(redisOptions: unknown) {
      super(client, maxAgeMs, redisOptions as RedisOptions) // that is what ioredis gives
    }
  }
}

const defaultMaxConnectionAgeMs = 3_600_000

class AttestedConnector extends AbstractConnector {
  readonly #client: AttestedClient
  readonly #maxAgeMs: number
  readonly #target: ConnectTarget
  #attempt: AbortController | undefined

  constructor(client: AttestedClient, maxAgeMs: number, options: RedisOptions) {
    super(options.disconnectTimeout ?? defaultDisconnectTimeoutMs)
    if (options.tls !== undefined || options.sentinels) throw decided(options.tls === undefined ? 'sentinels' : 'tls')
    this.#client = client
    this.#maxAgeMs = maxAgeMs
    this.#target = targetOf(options)
  }

  /** ioredis gives up for good where this rejects, and tries again where the socket has ended: that is for what another try can mend. */
  override async connect(): Promise<Socket> {
    this.#attempt = new AbortController()
    const { signal } = this.#attempt
    delete this.firstError
    try {
      const socket = await this.#client.connect({ ...this.#target, signal })
      retireWhenQuiet(socket, this.#maxAgeMs)
      this.stream = socket
      if (signal.aborted) this.stream.destroy()
    } catch (error) {
      if (!(error instanceof UnavailableError)) throw error
      this.firstError = error
      this.stream = new Socket().destroy()
    }
    return this.stream
  }

  override disconnect(): void {
    this.#attempt?.abort()
    super.disconnect()
  }
}

const defaultDisconnectTimeoutMs = 2000

function targetOf({ host, port, path }: RedisOptions): ConnectTarget {
  if (path !== undefined && path !== null) return { path, protocols: ['raw'] }
  return { host: host ?? 'localhost', port: port ?? 6379, protocols: ['raw'] }
}

function decided(field: string): UsageError {
  return new UsageError('ERR_USAGE_OPTION', `Redis: ${field} cannot go with an attested connector`, {
    details: { field }
  })
}
