// An Http2SecureServer whose connections are attested, with HTTP/1.1 for clients that speak nothing newer.
import type { ServerResponse } from 'node:http'
import {
  createSecureServer as createHttp2Server,
  type Http2SecureServer,
  Http2ServerRequest,
  type Http2ServerResponse,
  type SecureServerOptions
} from 'node:http2'
import { retireConnections } from '../connection-age.js'
import { holdConnections } from '../hold.js'
import { AttestedRequest } from '../https/server.js'
import { expectServer, type ServerAttestation } from '../options.js'
import { serverTlsOptions } from '../server-options.js'
import type { Verdict } from '../verdict.js'
import { sessionVerdict } from './session-verdict.js'

type Http1Request = typeof AttestedRequest
type Http1Response = typeof ServerResponse<AttestedRequest>
type Http2Request = typeof AttestedHttp2Request
type Http2Response = typeof Http2ServerResponse<AttestedHttp2Request>
type Options = SecureServerOptions<Http1Request, Http1Response, Http2Request, Http2Response>

export interface AttestedHttp2ServerOptions extends Omit<Options, 'Http1IncomingMessage' | 'Http2ServerRequest'> {
  readonly attestation: ServerAttestation
}

export type AttestedHttp2Server = Http2SecureServer<Http1Request, Http1Response, Http2Request, Http2Response>

/** A request, with the verdict on the client. With `allowHTTP1` requests of HTTP/1.1 carry it likewise. */
export class AttestedHttp2Request extends Http2ServerRequest {
  readonly attestation: Verdict | undefined

  constructor(...values: ConstructorParameters<typeof Http2ServerRequest>) {
    super(...values)
    this.attestation = sessionVerdict(values[0].session)
  }
}

/**
 * As `http2.createSecureServer`. Sessions begin only on connections whose exchange is over; refused ones are reported by the event
 * `attestationError` with the error. `allowHTTP1` serves clients of HTTP/1.1 too. Handlers of streams ask `sessionVerdict(stream.session)`.
 * @throws UsageError ERR_USAGE_OPTION, ERR_USAGE_POLICY, ERR_USAGE_POLICY_EMPTY
 * @example
 * createSecureServer({ attestation: { provider }, allowHTTP1: true }, (req, res) => res.end('hello')).listen(8443)
 */
export function createSecureServer(
  options: AttestedHttp2ServerOptions,
  onRequest?: (request: AttestedHttp2Request, response: Http2ServerResponse<AttestedHttp2Request>) => void
): AttestedHttp2Server {
  const { attestation, ...http2Options } = options
  const settings = expectServer(attestation)
  const tlsOptions = serverTlsOptions(http2Options, settings, options.allowHTTP1 === true ? ['h2', 'http/1.1'] : ['h2'])
  const classes = { Http1IncomingMessage: AttestedRequest, Http2ServerRequest: AttestedHttp2Request }
  const server = createHttp2Server<Http1Request, Http1Response, Http2Request, Http2Response>(
    { ...tlsOptions, ...classes },
    onRequest
  )
  holdConnections(server, settings, tlsOptions)
  retireConnections(server, settings)
  return server
}
