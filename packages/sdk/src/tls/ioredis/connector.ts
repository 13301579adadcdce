// ioredis over attested connections: the class that it asks for its sockets.

import type { TLSSocket } from 'node:tls'
import { AbstractConnector, type RedisOptions } from 'ioredis'
import { expectOptions, UsageError } from '../../core/index.js'
import { type AttestedClient, type ConnectTarget, createClient } from '../client.js'
import { type ClientOptions, clientKeys } from '../options.js'

export type AttestedConnectorOptions = ClientOptions

type ConnectorClass = NonNullable<RedisOptions['Connector']>

/**
 * A `Connector` for ioredis, or for several instances under one policy. Redis stands behind a server of `@tresor/sdk/tls/raw`, or behind
 * `tresor proxy`. Where a connection is refused, commands fail with the reason, and ioredis tries again as `retryStrategy` says.
 * @throws UsageError ERR_USAGE_OPTION, ERR_USAGE_POLICY, ERR_USAGE_POLICY_EMPTY
 * @example
 * new Redis({ host: 'enclave.example', port: 6379, Connector: attestedConnector({ policy, trust: 'evidence-only' }) })
 */
export function attestedConnector(options: AttestedConnectorOptions): ConnectorClass {
  const client = createClient(expectOptions(options, clientKeys, 'attestedConnector'))
  return class extends AttestedConnector {
    constructor(redisOptions: unknown) {
      super(client, redisOptions as RedisOptions) // that is what ioredis gives
    }
  }
}

class AttestedConnector extends AbstractConnector {
  readonly #client: AttestedClient
  readonly #target: ConnectTarget
  #attempt: AbortController | undefined

  constructor(client: AttestedClient, options: RedisOptions) {
    super(options.disconnectTimeout ?? defaultDisconnectTimeoutMs)
    if (options.tls !== undefined || options.sentinels) throw decided(options.tls === undefined ? 'sentinels' : 'tls')
    this.#client = client
    this.#target = targetOf(options)
  }

  override async connect(): Promise<TLSSocket> {
    this.#attempt = new AbortController()
    const socket = await this.#client.connect({ ...this.#target, signal: this.#attempt.signal })
    this.stream = socket
    return socket
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
