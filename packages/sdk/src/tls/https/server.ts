// An https.Server whose connections are attested.
import { IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import { createServer as createHttpsServer, type Server, type ServerOptions } from 'node:https'
import type { Socket } from 'node:net'
import { retireConnections } from '../connection-age.js'
import { holdConnections } from '../hold.js'
import { expectServer, type ServerAttestation } from '../options.js'
import { serverTlsOptions } from '../server-options.js'
import { type Verdict, verdictOn } from '../verdict.js'

type Requests = typeof AttestedRequest
type Responses = typeof ServerResponse<InstanceType<Requests>>

export interface AttestedHttpsServerOptions extends Omit<ServerOptions<Requests, Responses>, 'IncomingMessage'> {
  readonly attestation: ServerAttestation
}

export type AttestedHttpsServer = Server<Requests, Responses>

/** A request, with the verdict on the client: undefined where clients need no evidence, and on plain connections. */
export class AttestedRequest extends IncomingMessage {
  /** A property of its own, not a getter of the class: frameworks give requests other prototypes. */
  readonly attestation: Verdict | undefined

  constructor(socket: Socket) {
    super(socket)
    this.attestation = verdictOn(socket)
  }
}

/**
 * As `https.createServer`. Requests reach `onRequest` only on connections whose exchange is over; refused ones are reported by the event
 * `attestationError` with the error. Without a certificate of the caller's the server makes one.
 * @throws UsageError ERR_USAGE_OPTION, ERR_USAGE_POLICY, ERR_USAGE_POLICY_EMPTY
 * @example
 * createServer({ attestation: { provider: await detect() } }, (req, res) => res.end('hello')).listen(8443)
 */
export function createServer(
  options: AttestedHttpsServerOptions,
  onRequest?: RequestListener<Requests, Responses>
): AttestedHttpsServer {
  const { attestation, ...httpsOptions } = options
  const settings = expectServer(attestation)
  const tlsOptions = serverTlsOptions(httpsOptions, settings, ['http/1.1'])
  const server = createHttpsServer<Requests, Responses>({ ...tlsOptions, IncomingMessage: AttestedRequest }, onRequest)
  holdConnections(server, settings, tlsOptions)
  retireConnections(server, settings)
  return server
}
