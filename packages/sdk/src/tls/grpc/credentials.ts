// Credentials of grpc-js for channels to accepted servers only. The method that makes the connection is marked as internal there (1.14),
// so the peer dependency is pinned to one minor version.

import { isIP, type Socket } from 'node:net'
import { performance } from 'node:perf_hooks'
import { type CallCredentials, ChannelCredentials, credentials as grpcCredentials, Metadata } from '@grpc/grpc-js'
import { expectOptions } from '../../core/index.js'
import { type AttestedClient, createClient } from '../client.js'
import { type ClientOptions, clientKeys, clientOptionsOf, expectAge } from '../options.js'

export interface AttestedCredentialsOptions extends ClientOptions {
  /**
   * No call begins on a connection that was attested longer ago: it is ended when the next one comes, and calls under way on it fail as
   * unavailable. A server with a shorter `maxConnectionAgeMs` ends connections before, and in peace. Default one hour.
   */
  readonly maxConnectionAgeMs?: number
}

/**
 * The credentials of a channel, in place of `credentials.createSsl()`. Channels share connections only if they share these credentials.
 * @throws UsageError ERR_USAGE_OPTION, ERR_USAGE_POLICY, ERR_USAGE_POLICY_EMPTY
 * @example
 * new GreeterClient('enclave.example:8443', attestedCredentials({ policy, trust: 'evidence-only' }))
 */
export function attestedCredentials(options: AttestedCredentialsOptions): ChannelCredentials {
  expectOptions(options, [...clientKeys, 'maxConnectionAgeMs'], 'attestedCredentials')
  const maxAgeMs = expectAge(options.maxConnectionAgeMs, 'attestedCredentials') ?? defaultMaxConnectionAgeMs
  return new AttestedCredentials(createClient(clientOptionsOf(options)), maxAgeMs)
}

const defaultMaxConnectionAgeMs = 3_600_000

type Connector = ReturnType<ChannelCredentials['_createSecureConnector']>
type Target = Parameters<ChannelCredentials['_createSecureConnector']>[0]
type Options = Parameters<ChannelCredentials['_createSecureConnector']>[1]

class AttestedCredentials extends ChannelCredentials {
  readonly #client: AttestedClient
  readonly #maxAgeMs: number

  constructor(client: AttestedClient, maxAgeMs: number) {
    super()
    this.#client = client
    this.#maxAgeMs = maxAgeMs
  }

  override _isSecure(): boolean {
    return true
  }

  override _equals(other: ChannelCredentials): boolean {
    return this === other
  }

  override _createSecureConnector(target: Target, options: Options, callCredentials?: CallCredentials): Connector {
    const client = this.#client
    const stop = new AbortController()
    const name = nameOf(target, options)
    const age = new ConnectionAge(this.#maxAgeMs)
    const guard = grpcCredentials.createFromMetadataGenerator((_, done) => {
      age.endIfOld().then(() => done(null, new Metadata()))
    })
    return {
      connect: async (socket) => ({ socket: age.begin(await attest(client, socket, name, stop.signal)), secure: true }),
      waitForReady: () => Promise.resolve(),
      getCallCredentials: () => (callCredentials === undefined ? guard : guard.compose(callCredentials)),
      destroy: () => stop.abort()
    }
  }
}

/** Of the connection of one subchannel. */
class ConnectionAge {
  readonly #maxAgeMs: number
  #current: Socket | undefined
  #at = 0
  #ended: Promise<void> | undefined

  constructor(maxAgeMs: number) {
    this.#maxAgeMs = maxAgeMs
  }

  begin(socket: Socket): Socket {
    this.#current = socket
    this.#at = performance.now()
    this.#ended = undefined
    return socket
  }

  /** grpc-js asks for the metadata of a call before it begins, and chooses another connection where this one has ended meanwhile. */
  async endIfOld(): Promise<void> {
    const socket = this.#current
    if (socket === undefined || performance.now() - this.#at <= this.#maxAgeMs) return
    this.#ended ??= endOf(socket)
    await this.#ended
  }
}

/** When those who listen to it have heard it too. */
function endOf(socket: Socket): Promise<void> {
  if (socket.closed) return Promise.resolve()
  return new Promise((resolve) => {
    socket.once('close', () => setImmediate(resolve))
    socket.destroy()
  })
}

async function attest(client: AttestedClient, socket: Socket, name: string, signal: AbortSignal): Promise<Socket> {
  const { remotePort: port = 0 } = socket // of a Unix socket there is none, and the connection is made anyway
  return client.connect({ socket, host: name, port, protocols: ['h2'], signal })
}

/** The host that a channel was opened for: that, and not the address it was resolved to, is what a certificate names. */
function nameOf({ path }: Target, options: Options): string {
  const override = options['grpc.ssl_target_name_override']
  if (override !== undefined) return override
  const authority = options['grpc.http_connect_target'] ?? path
  const isAddress = isIP(authority) !== 0 // of IPv6, whose colons are no port
  return isAddress ? authority : authority.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1')
}
