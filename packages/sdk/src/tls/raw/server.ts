// A tls.Server whose connections are attested.
import { createServer as createTlsServer, type Server, type TLSSocket, type TlsOptions } from 'node:tls'
import { UsageError } from '../../core/index.js'
import { holdConnections } from '../hold.js'
import { expectServer, type ServerAttestation } from '../options.js'
import { serverTlsOptions } from '../server-options.js'

export interface AttestedServerOptions extends TlsOptions {
  readonly attestation: ServerAttestation
}

export type AttestedServer = Server

/**
 * As `tls.createServer`. `onConnection` (a listener for `secureConnection`) gets a connection when its exchange is over; refused ones are
 * reported by the event `attestationError` with the error. Without a certificate of the caller's the server makes one.
 * @throws UsageError ERR_USAGE_OPTION, ERR_USAGE_POLICY, ERR_USAGE_POLICY_EMPTY
 * @example
 * createServer({ attestation: { provider: await detect() } }, (socket) => socket.end('hello')).listen(8443)
 */
export function createServer(
  options: AttestedServerOptions,
  onConnection?: (socket: TLSSocket) => void
): AttestedServer {
  const { attestation, ...ownOptions } = options
  const settings = expectServer(attestation)
  if (settings.maxConnectionAgeMs !== undefined) {
    throw new UsageError('ERR_USAGE_OPTION', 'attestation.maxConnectionAgeMs: only HTTP can end a connection in peace')
  }
  const tlsOptions = serverTlsOptions(ownOptions, settings, ['raw'])
  const server = createTlsServer(tlsOptions, onConnection)
  holdConnections(server, settings, tlsOptions)
  return server
}
