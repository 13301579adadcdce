// An Http2SecureServer whose connections are attested, with HTTP/1.1 for clients that speak nothing newer.
import {
  createSecureServer as createHttp2Server,
  Http2ServerRequest,
  type Http2ServerResponse,
  type IncomingHttpHeaders,
  type SecureServerOptions,
  type ServerHttp2Session,
  type ServerHttp2Stream
} from 'node:http2'
import type { IncomingMessage } from 'node:http'
import type { Http2SecureServer } from 'node:http2'
import type { Readable, ReadableOptions } from 'node:stream'
import { holdConnections } from '../hold.js'
import { AttestedRequest } from '../https/index.js'
import { expectServer, type ServerAttestation } from '../options.js'
import { serverTlsOptions } from '../server-options.js'
import type { Verdict } from '../verdict.js'
import { sessionVerdict } from './session-verdict.js'
