// HTTP/1.1 Upgrade. WebSockets pass. Nothing else does: behind `h2c` a client could say what this proxy strips. Such an offer is taken
// away, and the request goes on as what it also is, an ordinary one.
import { type ClientRequest, type IncomingMessage, type Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { endOf, joinEnds } from '../pump.js'
import { type Fields, hasBodyField, passableFields } from './headers.js'
import { answerFailure, answerWith, isOrdinaryPath } from './relay.js'
import type { HttpRules, Sender } from './rules.js'

export interface Upgrade {
  readonly server: Server
  readonly request: IncomingMessage
  readonly socket: Socket
  /** What was received behind the fields. */
  readonly head: Buffer
}

export function passUpgrade(upgrade: Upgrade, sender: Sender, rules: HttpRules): void {
  if (isWebSocket(upgrade.request)) passWebSocket(upgrade, sender, rules)
  else passWithoutOffer(upgrade)
}

function passWithoutOffer({ server, request, socket, head }: Upgrade): void {
  socket.unshift(Buffer.concat([Buffer.from(withoutOffer(request), 'latin1'), head]))
  server.emit('connection', socket)
}

function isWebSocket({ method, headers, url }: IncomingMessage): boolean {
  const isWanted = method === 'GET' && headers.upgrade?.toLowerCase() === 'websocket'
  return isWanted && !hasBodyField(headers) && isOrdinaryPath(url)
}

function passWebSocket({ request, socket, head }: Upgrade, sender: Sender, rules: HttpRules): void {
  socket.on('error', ignore)
  const upstream = tryOpen(request, sender, rules)
  if (upstream === undefined) return void socket.destroy()
  const abandon = (): unknown => upstream.destroy()
  socket.once('close', abandon)
  upstream.once('upgrade', (answer, peer, peerHead) => {
    socket.off('close', abandon)
    rules.onResponse(101)
    socket.write(headOf(answer, rules), 'latin1')
    peer.unshift(peerHead)
    socket.unshift(head)
    joinEnds(endOf(socket), endOf(peer as Socket), closingMs) // it is the socket of the request
  })
  upstream.once('response', (answer) => {
    answerWith(answer, { request, response: responseOn(request, socket), sender, hasBody: false }, rules)
  })
  upstream.once('error', (error) => {
    if (socket.destroyed) return
    const failure = rules.failureOf(error)
    rules.onFailure(failure, sender)
    answerFailure(responseOn(request, socket), failure, rules)
  })
  upstream.end()
}

/** A WebSocket that one side has ended is over. */
const closingMs = 30_000

function tryOpen(request: IncomingMessage, sender: Sender, rules: HttpRules): ClientRequest | undefined {
  const fields = rules.requestFields(passableFields(request.headers), sender)
  try {
    const headers: Fields = { ...fields, connection: 'Upgrade', upgrade: 'websocket' }
    return rules.open({ method: 'GET', path: request.url ?? '/', headers })
  } catch {
    return undefined
  }
}

/** For the answer of a backend that does not want to: an ordinary one, the last on its connection. */
function responseOn(request: IncomingMessage, socket: Socket): ServerResponse {
  const response = new ServerResponse(request)
  response.shouldKeepAlive = false
  response.assignSocket(socket)
  response.once('finish', () => socket.end())
  return response
}

function headOf(answer: IncomingMessage, rules: HttpRules): string {
  const fields: Fields = rules.responseFields(passableFields(answer.headers), answer)
  const lines = Object.entries({ ...fields, connection: 'Upgrade', upgrade: 'websocket' }).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value]).map((one) => `${name}: ${one}`)
  )
  return ['HTTP/1.1 101 Switching Protocols', ...lines, '', ''].join('\r\n')
}

/** The head of the request as it was, but for the offer. The parser that has read it reads it again. */
function withoutOffer({ method, url, httpVersion, rawHeaders }: IncomingMessage): string {
  const lines = [`${method} ${url} HTTP/${httpVersion}`]
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const [name = '', value = ''] = rawHeaders.slice(i, i + 2)
    const kept = keptValue(name.toLowerCase(), value)
    if (kept !== undefined) lines.push(`${name}: ${kept}`)
  }
  return [...lines, '', ''].join('\r\n')
}

function keptValue(name: string, value: string): string | undefined {
  if (name === 'upgrade' || name === 'http2-settings') return undefined
  if (name !== 'connection') return value
  const options = value.split(',').map((option) => option.trim())
  return options.filter((option) => !/^(?:upgrade|http2-settings)$/i.test(option)).join(', ') || undefined
}

function ignore(): undefined {
  return undefined // `close` follows
}
