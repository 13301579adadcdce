// Carries one request to the other side and its response back, as streams, with trailers, ends and failures.
import type { ClientRequest, IncomingMessage } from 'node:http'
import { type TresorError, UnavailableError } from '../../../core/index.js'
import { type Fields, passableFields, passableTrailers } from './headers.js'
import type { HttpRules, Incoming, Outgoing, RequestHead, Sender } from './rules.js'

export interface Call {
  readonly request: Incoming
  readonly response: Outgoing
  readonly sender: Sender
  /** Whether more comes than the head of the request. */
  readonly hasBody: boolean
}

export function relay(call: Call, rules: HttpRules): void {
  const { request, response } = call
  request.on('error', ignore)
  response.on('error', ignore)
  if (isOrdinaryPath(request.url)) send(call, rules, maxRetries)
  else refuse(response, 400, 'proxy: expected a path as the target of the request\n')
}

function send(call: Call, rules: HttpRules, retriesLeft: number): void {
  const { request, response, hasBody } = call
  const upstream = tryOpen(call, rules)
  if (upstream === undefined) {
    refuse(response, 400, 'proxy: this request cannot be said in HTTP/1.1\n')
    return
  }
  const abandon = (): unknown => upstream.destroy()
  response.once('close', abandon)
  upstream.once('response', (answer) => answerWith(answer, call, rules))
  upstream.on('error', (error) => {
    response.off('close', abandon)
    if (response.destroyed || response.headersSent) return // the answer, if there is one, ends by itself
    if (retriesLeft > 0 && canRepeat(upstream, call)) send(call, rules, retriesLeft - 1)
    else fail(call, rules, error)
  })
  if (hasBody) sendBody(request, upstream)
  else upstream.end()
}

function fail({ response, sender }: Call, rules: HttpRules, error: Error): void {
  const failure = rules.failureOf(error)
  rules.onFailure(failure, sender)
  answerFailure(response, failure, rules)
}

/** A kept connection may end in the moment in which it is used again. */
const maxRetries = 2
const repeatable: readonly string[] = ['GET', 'HEAD', 'OPTIONS']

function canRepeat(upstream: ClientRequest, { hasBody, request }: Call): boolean {
  return upstream.reusedSocket && !hasBody && repeatable.includes(request.method ?? '')
}

/** The path and the fields were read by a strict parser, but of HTTP/2 perhaps, which allows more. */
function tryOpen(call: Call, rules: HttpRules): ClientRequest | undefined {
  try {
    return rules.open(headOf(call, rules))
  } catch {
    return undefined
  }
}

function headOf({ request, sender, hasBody }: Call, rules: HttpRules): RequestHead {
  const fields = rules.requestFields(passableFields(request.headers), sender)
  const isMeasured = fields['content-length'] !== undefined
  return {
    method: request.method ?? 'GET',
    path: request.url ?? '/',
    // Said here, because Node would send the body of a GET without any mark of its end.
    headers: hasBody && !isMeasured ? { ...fields, 'transfer-encoding': 'chunked' } : fields
  }
}

/** The absolute form would let a client name another host than the one in its fields. */
export function isOrdinaryPath(url: string | undefined): boolean {
  return url !== undefined && (url.startsWith('/') || url === '*')
}

function sendBody(request: Incoming, upstream: ClientRequest): void {
  request.once('close', () => {
    if (!request.readableEnded) upstream.destroy()
  })
  request.once('end', () => {
    const trailers = passableTrailers(request.trailers)
    if (Object.keys(trailers).length > 0) upstream.addTrailers(trailers)
  })
  upstream.flushHeaders()
  request.pipe(upstream)
}

export function answerWith(answer: IncomingMessage, { request, response }: Call, rules: HttpRules): void {
  const status = answer.statusCode ?? 502
  rules.onResponse(status)
  const fields = rules.responseFields(passableFields(answer.headers), answer)
  if (!tryWriteHead(response, status, fields)) return void answer.destroy()
  answer.on('error', ignore)
  answer.once('close', () => {
    if (!answer.complete) response.destroy()
  })
  answer.once('end', () => {
    const trailers = passableTrailers(answer.trailers)
    if (Object.keys(trailers).length > 0) response.addTrailers(trailers)
  })
  if (request.method !== 'HEAD') response.flushHeaders?.()
  answer.pipe(response)
}

function tryWriteHead(response: Outgoing, status: number, fields: Fields): boolean {
  try {
    response.writeHead(status, fields)
    return true
  } catch {
    response.destroy()
    return false
  }
}

/** To strangers: that it failed. To the program beside the proxy: why. */
export function answerFailure(response: Outgoing, failure: TresorError, { tellsWhy }: HttpRules): void {
  const text = tellsWhy ? `${failure.code}: ${failure.message}` : 'proxy: the backend cannot be reached'
  refuse(response, failure instanceof UnavailableError && tellsWhy ? 503 : 502, `${text}\n`)
}

function refuse(response: Outgoing, status: number, text: string): void {
  const body = Buffer.from(text)
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', 'content-length': String(body.length) })
  response.end(body)
}

function ignore(): undefined {
  return undefined // `close` follows
}
