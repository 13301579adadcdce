// Credentials of grpc-js for channels to accepted servers only. The method that makes the connection is marked as internal there (1.14),
// so the peer dependency is pinned to one minor version.

import { isIP, type Socket } from 'node:net'
import { type CallCredentials, ChannelCredentials, credentials as grpcCredentials } from '@grpc/grpc-js'
import { expectOptions } from '../../core/index.js'
import { type AttestedClient, createClient } from '../client.js'
import { type ClientOptions, clientKeys } from '../options.js'

export type AttestedCredentialsOptions = ClientOptions

/**
 * The credentials of a channel, in place of `credentials.createSsl()`. Channels share connections only if they share these credentials.
 * @throws UsageError ERR_USAGE_OPTION, ERR_USAGE_POLICY, ERR_USAGE_POLICY_EMPTY
 * @example
 * new GreeterClient('enclave.example:8443', attestedCredentials({ policy, trust: 'evidence-only' }))
 */
export function attestedCredentials(options: AttestedCredentialsOptions): ChannelCredentials {
  return new AttestedCredentials(createClient(expectOptions(options, clientKeys, 'attestedCredentials')))
}

type Connector = ReturnType<ChannelCredentials['_createSecureConnector']>
type Target = Parameters<ChannelCredentials['_createSecureConnector']>[0]
type Options = Parameters<ChannelCredentials['_createSecureConnector']>[1]

class AttestedCredentials extends ChannelCredentials {
  readonly #client: AttestedClient

  constructor(client: AttestedClient) {
    super()
    this.#client = client
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
    return {
      connect: async (socket) => ({ socket: await attest(client, socket, name, stop.signal), secure: true }),
      waitForReady: () => Promise.resolve(),
      getCallCredentials: () => callCredentials ?? grpcCredentials.createEmpty(),
      destroy: () => stop.abort()
    }
  }
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
