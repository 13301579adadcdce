// What differs between the two directions of a proxy for HTTP.
import type { ClientRequest, IncomingHttpHeaders, IncomingMessage } from 'node:http'
import type { Readable, Writable } from 'node:stream'
import type { TresorError } from '../../../core/index.js'
import type { Verdict } from '../../verdict.js'
import type { Fields } from './headers.js'

/** A request as it came, over either version of HTTP. */
export interface Incoming extends Readable {
  readonly method?: string | undefined
  readonly url?: string | undefined
  readonly httpVersionMajor: number
  readonly headers: IncomingHttpHeaders
  readonly trailers: IncomingHttpHeaders
}

/** Its response. */
export interface Outgoing extends Writable {
  readonly headersSent: boolean
  writeHead(status: number, fields: Fields): unknown
  /** HTTP/2 sends them at once. */
  flushHeaders?(): void
  addTrailers(fields: Record<string, string>): void
}

/** Who sends a request. */
export interface Sender {
  readonly address: string
  /** Undefined where the peer need not prove itself, and for the program beside the proxy. */
  readonly verdict: Verdict | undefined
}

export interface RequestHead {
  readonly method: string
  readonly path: string
  readonly headers: Fields
}

export interface HttpRules {
  /** Begins a request to the other side, over HTTP/1.1. */
  open(head: RequestHead): ClientRequest
  /** What is added to the fields of a request, or takes their place. */
  requestFields(fields: Fields, sender: Sender): Fields
  /** The same for a response. */
  responseFields(fields: Fields, response: IncomingMessage): Fields
  /** What went wrong on the way to the other side. */
  failureOf(cause: unknown): TresorError
  /** Whether whoever has sent the request may know what `failureOf` says. */
  readonly tellsWhy: boolean
  onFailure(failure: TresorError, sender: Sender): void
  onResponse(status: number): void
  /** Ends connections that were kept for later. */
  destroy(): void
}
