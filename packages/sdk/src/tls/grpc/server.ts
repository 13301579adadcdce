// A server of grpc-js behind an attested TLS server, which hands it connections when their exchange is over.

import { createServer as createTlsServer, type Server, type TlsOptions } from 'node:tls'
import type { Server as GrpcServer } from '@grpc/grpc-js'
import { holdConnections } from '../hold.js'
import { expectServer, type ServerAttestation } from '../options.js'
import { serverTlsOptions } from '../server-options.js'
import { Injectors } from './injectors.js'
import { showPeer } from './peer.js'

export interface AttestedGrpcServerOptions extends TlsOptions {
  readonly attestation: ServerAttestation
  /** With its services. It needs no `bindAsync`. */
  readonly grpc: GrpcServer
}

export type AttestedGrpcServer = Server

/**
 * A TLS server that feeds `grpc`. Handlers ask `verdictOf(call)` for the verdict on their client. To end in good order, `close()` this and `tryShutdown()` that. Refused connections are reported by the
 * event `attestationError` with the error.
 * @throws UsageError ERR_USAGE_OPTION, ERR_USAGE_POLICY, ERR_USAGE_POLICY_EMPTY
 * @example
 * createServer({ grpc, attestation: { provider: await detect() } }).listen(8443)
 */
export function createServer(options: AttestedGrpcServerOptions): AttestedGrpcServer {
  const { attestation, grpc, ...ownOptions } = options
  const settings = expectServer(attestation)
  const tlsOptions = serverTlsOptions(ownOptions, settings, ['h2'])
  const injectors = new Injectors(grpc, settings.maxConnectionAgeMs)
  const server = createTlsServer(tlsOptions, (socket) => {
    showPeer(socket)
    injectors.inject(socket)
  })
  holdConnections(server, settings, tlsOptions)
  return server
}
