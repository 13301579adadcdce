// HTTP through both directions of a proxy: what passes, what is added, and what is not believed.
import { once } from 'node:events'
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type RequestOptions,
  request,
  type ServerResponse
} from 'node:http'
import { get } from 'node:https'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { attestedAgent } from '../../../packages/sdk/src/tls/agent/index.js'
import { connect as connectHttp2 } from '../../../packages/sdk/src/tls/http2/index.js'
import { host, listen, textOf, trust } from '../support.js'
import { atEnd, backend, call, heardFrom, metric, setProxyStage, startPair } from './stage.js'

const stage = setProxyStage()
const mode = 'http' as const
const both = { server: { mode }, client: { mode } }

/** What `mirror` has heard. */
interface Heard {
  readonly method: string
  readonly url: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** A backend of HTTP until the test ends. */
async function serve(onRequest: (request: IncomingMessage, response: ServerResponse) => void) {
  const server = createServer(onRequest)
  const port = await listen(server)
  atEnd(() => {
    server.close()
    server.closeAllConnections()
  })
  return { server, port }
}

/** Answers with what it was asked. */
async function mirror(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { method, url, headers } = request
  const body = await textOf(request)
  response.setHeader('X-Tresor-Verdict', 'forged by the backend').end(JSON.stringify({ method, url, headers, body }))
}

async function ask(
  options: RequestOptions,
  body = ''
): Promise<{ readonly response: IncomingMessage; readonly text: string }> {
  const call = request({ host, agent: false, ...options }).end(body)
  const [response] = await once(call, 'response')
  return { response, text: await textOf(response) }
}

async function heardBy(options: RequestOptions, body = ''): Promise<Heard> {
  return JSON.parse((await ask(options, body)).text)
}

/** A request in one's own words, and all that comes back. */
async function say(port: number, text: string): Promise<string> {
  const socket = await call(port)
  socket.write(text)
  return heardFrom(socket)
}

describe('requests', () => {
  it('reach the backend with their method, path, fields and body', async () => {
    const { port, inside } = await startPair(stage, (await serve(mirror)).port, both)
    const heard = await heardBy(
      { port, method: 'PUT', path: '/a?b=c', headers: { 'x-own': 'kept', cookie: 'd=e' } },
      'body'
    )
    expect(heard).toMatchObject({
      method: 'PUT',
      url: '/a?b=c',
      body: 'body',
      headers: { 'x-own': 'kept', cookie: 'd=e' }
    })
    expect(metric(inside.proxy.metrics(), 'tresor_proxy_responses_total{route="in",status="2xx"}')).toBe(1)
  })

  it('name the server to it, not the local listener', async () => {
    const { port, inside } = await startPair(stage, (await serve(mirror)).port, both)
    expect((await heardBy({ port })).headers.host).toBe(`${host}:${inside.portOf('in')}`)
  })

  it('of GET with a body keep its end, so that no backend takes it for another request', async () => {
    const heard: string[] = []
    const { port } = await serve(async (request, response) => {
      heard.push(`${request.method} ${request.url} ${await textOf(request)}`)
      response.end()
    })
    const { port: entry } = await startPair(stage, port, both)
    const smuggled = 'GET /smuggled HTTP/1.1\r\nhost: x\r\n\r\n'
    const chunk = `${smuggled.length.toString(16)}\r\n${smuggled}\r\n0\r\n\r\n`
    await say(entry, `GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n${chunk}`)
    expect(heard).toEqual([`GET / ${smuggled}`])
  })

  it.each([
    ['both lengths', 'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n'],
    ['two lengths', 'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 4\r\ncontent-length: 5\r\n\r\nbody'],
    ['another host in its target', 'GET http://other/ HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n'],
    ['a folded field', 'GET / HTTP/1.1\r\nhost: x\r\na: b\r\n c\r\n\r\n'],
    ['no host', 'GET / HTTP/1.1\r\nconnection: close\r\n\r\n']
  ])('with %s are refused before the other side hears of them', async (_, text) => {
    let reached = 0
    const { port } = await startPair(stage, (await serve(() => reached++)).port, both)
    expect(await say(port, text)).toMatch(/^HTTP\/1.1 400 /)
    expect(reached).toBe(0)
  })

  it('over HTTP/2 arrive as HTTP/1.1, many at once', async () => {
    const { port } = await serve(mirror)
    const { inside } = await startPair(stage, port, both)
    const session = await connectHttp2({ host, port: inside.portOf('in'), policy: stage.policy, trust })
    atEnd(() => session.destroy())
    const answers = Array.from({ length: 20 }, async (_, i) => {
      const stream = session.request({ ':path': `/${i}`, ':method': 'POST', 'x-tresor-verdict': 'forged' })
      stream.end(`body ${i}`)
      return JSON.parse(await textOf(stream.setEncoding('utf8'))) as Heard // mirror wrote it
    })
    for (const [i, heard] of (await Promise.all(answers)).entries()) {
      expect(heard).toMatchObject({ method: 'POST', url: `/${i}`, body: `body ${i}` })
      expect(heard.headers['x-tresor-verdict']).toBeUndefined()
    }
  })

  it('stream in both directions, before either side has finished', async () => {
    const { port } = await serve((request, response) => request.pipe(response))
    const { port: entry } = await startPair(stage, port, both)
    const call = request({ host, port: entry, method: 'POST', agent: false })
    call.write('one')
    const [response] = await once(call, 'response')
    expect(String((await once(response, 'data'))[0])).toBe('one')
    call.write('two')
    expect(String((await once(response, 'data'))[0])).toBe('two')
    call.end()
    await once(response.resume(), 'end')
  })

  it('bring trailers both ways', async () => {
    const { port } = await serve(async (request, response) => {
      response.write(await textOf(request))
      response.addTrailers({ 'x-sum': String(request.trailers['x-sum']), 'x-tresor-verdict': 'forged' })
      response.end()
    })
    const { port: entry } = await startPair(stage, port, both)
    const call = request({ host, port: entry, method: 'POST', agent: false })
    call.write('body')
    call.addTrailers({ 'x-sum': '42' })
    call.end()
    const [response] = await once(call, 'response')
    expect(await textOf(response)).toBe('body')
    expect(response.trailers).toEqual({ 'x-sum': '42' })
  })

  it('that a client abandons are abandoned at the backend', async () => {
    const gone: Promise<unknown>[] = []
    const { port } = await serve((request, response) => {
      response.write('begun')
      gone.push(new Promise((resolve) => request.socket.once('close', resolve)))
    })
    const { port: entry } = await startPair(stage, port, both)
    const call = request({ host, port: entry, agent: false }).on('error', () => undefined)
    call.end()
    const [response] = await once(call, 'response')
    await once(response, 'data')
    call.destroy()
    await Promise.all(gone)
    expect(gone).toHaveLength(1)
  })

  it('whose answer breaks off break off for the client, too', async () => {
    const { port } = await serve((_, response) => {
      response.writeHead(200, { 'content-length': 10 })
      response.write('half', () => response.destroy())
    })
    const { port: entry } = await startPair(stage, port, both)
    await expect(ask({ port: entry })).rejects.toMatchObject({ code: 'ECONNRESET' })
  })

  it('go on over a new connection when the backend has closed a kept one', async () => {
    const { server, port } = await serve(mirror)
    const { port: entry, inside } = await startPair(stage, port, both)
    expect((await heardBy({ port: entry, path: '/1' })).url).toBe('/1')
    server.closeAllConnections()
    expect((await heardBy({ port: entry, path: '/2' })).url).toBe('/2')
    expect(inside.events.filter(({ kind }) => kind === 'refused')).toEqual([])
  })
})

describe('fields', () => {
  const forged = {
    'X-Tresor-Verdict': '{"kind":"snp"}',
    x_tresor_verdict: 'underlines',
    'X.Tresor.Verdict': 'dots',
    'x-tresor-anything': 'else',
    'x-forwarded-for': '6.6.6.6',
    X_Forwarded_For: '6.6.6.6',
    'x-real-ip': '6.6.6.6',
    forwarded: 'for=6.6.6.6'
  }

  it('that only a proxy may write are not believed from any client', async () => {
    const { inside } = await startPair(stage, (await serve(mirror)).port, both)
    const agent = attestedAgent({ policy: stage.policy, trust })
    atEnd(() => agent.destroy())
    const [response] = await once(get({ host, port: inside.portOf('in'), agent, headers: forged }), 'response')
    const { headers } = JSON.parse(await textOf(response)) as Heard // mirror wrote it
    expect(Object.keys(headers).filter((name) => /tresor|real|^forwarded|_/.test(name))).toEqual([])
    expect(headers).toMatchObject({ 'x-forwarded-for': host, 'x-forwarded-proto': 'https' })
  })

  it("of a client that calls a verdict a matter of its connection cannot remove the proxy's own", async () => {
    const { port } = await startPair(stage, (await serve(mirror)).port, {
      server: { mode, clients: stage.policy, verdictHeader: true },
      client: { mode, provider: stage.provider }
    })
    const { headers } = await heardBy({ port, headers: { connection: 'close, x-tresor-verdict, x-forwarded-for' } })
    expect(headers).toMatchObject({
      'x-tresor-verdict': expect.stringContaining('"kind":"snp"'),
      'x-forwarded-for': host
    })
  })

  it('tell the backend what the client is, and the local program what the server is', async () => {
    const { port } = await startPair(stage, (await serve(mirror)).port, {
      server: { mode, clients: stage.policy, verdictHeader: true },
      client: { mode, provider: stage.provider, verdictHeader: true }
    })
    const { response, text } = await ask({ port, headers: forged })
    const heard = JSON.parse(text) as Heard // mirror wrote it
    for (const field of [heard.headers['x-tresor-verdict'], response.headers['x-tresor-verdict']]) {
      expect(JSON.parse(String(field))).toMatchObject({
        kind: 'snp',
        tier: 'perConnection',
        binding: 'exporter',
        claims: { measurement: expect.any(String) }
      })
    }
  })

  it('say nothing about clients that need not prove themselves, and a verdict of the backend goes nowhere', async () => {
    const { port } = await startPair(stage, (await serve(mirror)).port, {
      server: { mode, verdictHeader: true },
      client: { mode }
    })
    const { response, text } = await ask({ port, headers: forged })
    expect((JSON.parse(text) as Heard).headers['x-tresor-verdict']).toBeUndefined() // mirror wrote it
    expect(response.headers['x-tresor-verdict']).toBeUndefined()
  })

  it('x-forwarded-for is appended to, where that is wanted', async () => {
    const server = { mode, forwarded: 'append' as const }
    const { port } = await startPair(stage, (await serve(mirror)).port, { server, client: { mode } })
    const { headers } = await heardBy({ port, headers: { 'x-forwarded-for': '192.0.2.1' } })
    expect(headers['x-forwarded-for']).toBe(`192.0.2.1, ${host}`)
  })

  it('about one connection stay on it', async () => {
    const { port } = await startPair(stage, (await serve(mirror)).port, both)
    const headers = { connection: 'close, x-mine', 'x-mine': '1', te: 'trailers', 'proxy-authorization': 'secret' }
    const heard = await heardBy({ port, headers })
    expect(Object.keys(heard.headers).sort()).toEqual(['connection', 'host', 'x-forwarded-for', 'x-forwarded-proto'])
  })
})

describe('an upgrade', () => {
  it('to a WebSocket passes, with bytes in both directions and its end', async () => {
    const { server, port } = await serve(mirror)
    const sockets = new WebSocketServer({ server })
    sockets.on('connection', (socket) => socket.on('message', (data) => socket.send(data)))
    const { port: entry } = await startPair(stage, port, both)
    const socket = new WebSocket(`ws://${host}:${entry}/chat`)
    await once(socket, 'open')
    socket.send('x'.repeat(100_000))
    expect(String((await once(socket, 'message'))[0])).toHaveLength(100_000)
    socket.close(4000)
    expect((await once(socket, 'close'))[0]).toBe(4000)
  })

  it('that the backend refuses is an ordinary answer', async () => {
    const { port } = await startPair(stage, (await serve(mirror)).port, both)
    const socket = new WebSocket(`ws://${host}:${port}/`)
    const [, response] = await once(socket, 'unexpected-response')
    expect(response.statusCode).toBe(200)
    expect(JSON.parse(await textOf(response))).toMatchObject({ url: '/' })
  })

  it('to h2c is not offered to the backend, for behind it nothing is checked; the request goes on', async () => {
    const { port } = await startPair(stage, (await serve(mirror)).port, both)
    const headers = { connection: 'Upgrade, HTTP2-Settings', upgrade: 'h2c', 'http2-settings': 'AAMAAABk' }
    const heard = await heardBy({ port, method: 'POST', headers }, 'body')
    expect(heard).toMatchObject({ method: 'POST', body: 'body' })
    expect(heard.headers.upgrade).toBeUndefined()
  })

  it('that the backend never answers with 101 leaves nothing to tunnel through', async () => {
    const heard: string[] = []
    const port = await backend((socket) =>
      socket.on('data', (data) => {
        heard.push(String(data))
        socket.write('HTTP/1.1 426 Upgrade Required\r\ncontent-length: 0\r\n\r\n')
      })
    )
    const { port: entry } = await startPair(stage, port, both)
    const fields = 'host: x\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 777\r\n'
    const text = await say(entry, `GET / HTTP/1.1\r\n${fields}\r\nGET /secret HTTP/1.1\r\nhost: x\r\n\r\n`)
    expect(text).toMatch(/^HTTP\/1.1 426 /)
    expect(heard.join('')).not.toContain('/secret')
  })
})

describe('a failure', () => {
  it('of the backend is 502, and says no more than that to strangers', async () => {
    const { port, inside } = await startPair(stage, 1, both)
    const { response, text } = await ask({ port })
    expect(response.statusCode).toBe(502)
    expect(text).toBe('proxy: the backend cannot be reached\n')
    expect(inside.events).toContainEqual(expect.objectContaining({ kind: 'refused', code: 'ERR_PROXY_BACKEND' }))
  })

  it('of the policy is told to the program beside the proxy', async () => {
    const client = { mode, policy: stage.otherPolicy }
    const { port, outside } = await startPair(stage, (await serve(mirror)).port, { server: { mode }, client })
    const { response, text } = await ask({ port })
    expect(response.statusCode).toBe(502)
    expect(text).toMatch(/^ERR_POLICY_MEASUREMENT: /)
    expect(outside.events).toContainEqual(expect.objectContaining({ code: 'ERR_POLICY_MEASUREMENT' }))
  })

  it('of a server that is away is 503', async () => {
    const { port, inside } = await startPair(stage, (await serve(mirror)).port, both)
    await inside.proxy.close()
    expect((await ask({ port })).response.statusCode).toBe(503)
  })
})

describe('ages', () => {
  it('no request begins on a connection that is older than the server allows', async () => {
    const { port } = await startPair(stage, (await serve(mirror)).port, {
      server: { mode, maxConnectionAgeMs: 1 },
      client: { mode }
    })
    const before = stage.provider.quotes
    for (let i = 0; i < 3; i++) await heardBy({ port })
    expect(stage.provider.quotes - before).toBeGreaterThanOrEqual(2)
  })

  it('connections are kept and used again otherwise', async () => {
    const { port } = await startPair(stage, (await serve(mirror)).port, both)
    const before = stage.provider.quotes
    for (let i = 0; i < 3; i++) await heardBy({ port })
    expect(stage.provider.quotes - before).toBe(1)
  })
})

describe('backends', () => {
  it('on a Unix socket are served', async () => {
    const path = join(tmpdir(), `tresor-proxy-http-${process.pid}.sock`)
    const server = createServer(mirror).listen(path)
    atEnd(() => server.close())
    await once(server, 'listening')
    const { port } = await startPair(stage, `unix:${path}`, both)
    expect((await heardBy({ port, path: '/unix' })).url).toBe('/unix')
  })

  it('that send more than a slow client reads are slowed down', async () => {
    let written = 0
    const chunk = Buffer.alloc(1 << 20)
    const { port } = await serve((_, response) => {
      const write = (): void => {
        written += chunk.length
        response.write(chunk, () => response.destroyed || write())
      }
      write()
    })
    const { port: entry } = await startPair(stage, port, both)
    const socket: Socket = await call(entry)
    socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n')
    socket.pause()
    let seen = -1
    while (seen !== written || written === 0) {
      seen = written
      await new Promise((resolve) => setTimeout(resolve, 200))
    }
    expect(written).toBeLessThan(64 << 20)
    socket.destroy()
  })
})
