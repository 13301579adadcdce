import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { type RequestOptions, request } from 'node:https'
import type { Socket } from 'node:net'
import { connect as tlsConnect } from 'node:tls'
import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import type { EvidenceProvider } from '../../packages/sdk/src/attest/index.js'
import { type AttestedAgent, attestedAgent } from '../../packages/sdk/src/tls/agent/index.js'
import { type AttestedHttpsServer, createServer } from '../../packages/sdk/src/tls/https/index.js'
import { createClient, tlsVerdict } from '../../packages/sdk/src/tls/index.js'
import type { Policy } from '../../packages/sdk/src/verify/index.js'
import { connectByHand, host, listen, policyOf, refusal, testProvider, textOf, trust } from './support.js'

let provider: EvidenceProvider
let policy: Policy
let server: AttestedHttpsServer
let agent: AttestedAgent
let port: number

beforeAll(async () => {
  provider = testProvider()
  policy = await policyOf(provider)
})
afterEach(() => {
  agent?.destroy()
  server.close()
  server.closeAllConnections()
})

type Options = Parameters<typeof createServer>[0]
type Handler = Parameters<typeof createServer>[1]

async function start(handler?: Handler, options: Partial<Options> = {}): Promise<void> {
  server = createServer({ attestation: { provider }, ...options }, handler)
  port = await listen(server)
  agent = attestedAgent({ policy, trust, provider })
}

describe('an attested https server', () => {
  test('answers several requests on one connection', async () => {
    let connections = 0
    await start((req, res) => res.end(`hello ${req.url}`))
    server.on('secureConnection', () => connections++)
    expect(await get({ path: '/a' })).toBe('hello /a')
    expect(await get({ path: '/b' })).toBe('hello /b')
    expect(connections).toBe(1)
  })

  test('knows its client where clients must prove themselves', async () => {
    await start(
      (req, res) => res.end(JSON.stringify([req.attestation?.kind, tlsVerdict(req.socket) === req.attestation])),
      {
        attestation: { provider, clients: policy }
      }
    )
    expect(JSON.parse(await get())).toEqual(['snp', true])
  })

  test('knows nothing of a client that it asks for nothing, whatever its headers say', async () => {
    await start((req, res) => res.end(String(req.attestation)))
    expect(await get({ headers: { attestation: 'snp', 'x-attestation': 'snp' } })).toBe('undefined')
  })

  test('carries large bodies both ways without holding them in memory', async () => {
    const size = 8 << 20
    await start((req, res) => void req.pipe(res))
    const req = request({ host, port, agent, method: 'POST' })
    const [response] = await Promise.all([
      once(req, 'response').then(([message]) => message as IncomingMessage), // what the event carries
      new Promise((resolve) => req.write(Buffer.alloc(size), resolve))
    ])
    req.end()
    let received = 0
    for await (const chunk of response) received += chunk.length
    expect(received).toBe(size)
  })

  test('does not read on while the handler does not', async () => {
    let incoming: Socket | undefined
    await start((req) => {
      incoming = req.socket
    })
    const req = request({ host, port, agent, method: 'POST' }).on('error', () => undefined)
    const chunk = Buffer.alloc(1 << 16)
    let written = 0
    while (written < 64 << 20 && (req.write(chunk) || written < 8 << 20)) written += chunk.length
    await vi.waitFor(() => expect(incoming).toBeDefined())
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(incoming?.bytesRead).toBeLessThan(4 << 20)
    req.destroy()
  })

  test('serves pipelined requests that came right behind the exchange', async () => {
    await start((req, res) => res.end(req.url))
    const socket = await createClient({ policy, trust }).connect({ host, port, protocols: ['http/1.1'] })
    socket.write('GET /1 HTTP/1.1\r\nHost: x\r\n\r\nGET /2 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
    const text = await textOf(socket)
    expect(text.indexOf('/1')).toBeGreaterThan(0)
    expect(text.indexOf('/2')).toBeGreaterThan(text.indexOf('/1'))
  })

  test('lets a protocol be upgraded', async () => {
    await start()
    server.on('upgrade', (req, socket) => {
      socket.write(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\nConnection: Upgrade\r\n\r\n`)
      socket.end(`attested: ${tlsVerdict(req.socket) !== undefined}`)
    })
    const req = request({ host, port, agent, headers: { Connection: 'Upgrade', Upgrade: 'echo' } }).end()
    const [, socket, head] = await once(req, 'upgrade')
    expect(head.toString() + (await textOf(socket))).toBe('attested: false')
  })

  test('answers nobody who has not finished the exchange', async () => {
    const urls: unknown[] = []
    await start((req, res) => res.end(urls.push(req.url)))
    const refused = refusal(server)
    const client = await connectByHand(port, 'tresor1+http/1.1')
    client.socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
    expect(await client.read()).toEqual({ type: 'alert', reason: 'protocol' })
    expect(await refused).toMatchObject({ code: 'ERR_TLS_PROTOCOL' })
    expect(urls).toEqual([])
  })

  test('does not let handlers of broken requests answer a refused peer', async () => {
    await start()
    const errors: unknown[] = []
    server.on('clientError', (error, socket) => {
      errors.push(error)
      socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')
    })
    const refused = refusal(server)
    const { socket, channel } = await connectByHand(port, 'tresor1+http/1.1')
    socket.write(Buffer.alloc(64, 0xff))
    await refused
    await channel.release()
    expect(await textOf(socket)).not.toContain('HTTP')
    expect(errors).toEqual([])
  })

  test('refuses plain clients, and serves them where it was told to', async () => {
    await start((req, res) => res.end(String(req.attestation)))
    await expect(plainGet()).rejects.toMatchObject({ code: expect.stringContaining('NO_APPLICATION_PROTOCOL') })
    server.close()
    await start((req, res) => res.end(String(req.attestation)), {
      attestation: { provider, plain: 'allow', clients: policy }
    })
    expect(await plainGet()).toBe('undefined')
    expect(await get()).toBe('[object Object]')
  })

  test('applies its timeouts once the exchange is over', async () => {
    await start((_, res) => res.end(), { headersTimeout: 200, requestTimeout: 200, connectionsCheckingInterval: 50 })
    const socket = await createClient({ policy, trust }).connect({ host, port, protocols: ['http/1.1'] })
    expect(await textOf(socket)).toContain('408')
  })

  test('closes when idle connections are the only ones left', async () => {
    await start((_, res) => res.end('x'))
    await get()
    const closed = once(server, 'close')
    server.close()
    await closed
  })

  test('finishes a request that is under way when it closes', async () => {
    await start((_, res) => {
      server.close()
      setTimeout(() => res.end('finished'), 50)
    })
    expect(await get()).toBe('finished')
  })

  test('begins no request on a connection that has grown old, and breaks none off', async () => {
    let connections = 0
    await start((_, res) => void setTimeout(() => res.end('x'), 50), {
      attestation: { provider, maxConnectionAgeMs: 120 }
    })
    server.on('secureConnection', () => connections++)
    for (let i = 0; i < 8; i++) expect(await get()).toBe('x')
    expect(connections).toBeGreaterThanOrEqual(2)
    expect(connections).toBeLessThan(8)
  })

  test('ends exchanges when all connections are closed, and goes on listening', async () => {
    await start((_, res) => res.end('x'))
    const silent = await connectByHand(port, 'tresor1+http/1.1')
    const ended = once(silent.socket, 'close')
    await vi.waitFor(() => {
      server.closeAllConnections()
      expect(silent.channel.failure).toBeDefined()
    })
    await ended
    expect(await get()).toBe('x')
  })

  test('keeps options of TLS that would weaken it out', () => {
    for (const extra of [
      { ALPNProtocols: ['http/1.1'] },
      { ALPNCallback: () => 'http/1.1' },
      { minVersion: 'TLSv1.2' },
      { maxVersion: 'TLSv1.2' },
      { secureProtocol: 'TLSv1_2_method' },
      { ticketKeys: Buffer.alloc(48) }
    ]) {
      const options = { attestation: { provider }, ...extra } as Options // what somebody could write
      expect(() => createServer(options)).toThrow(expect.objectContaining({ code: 'ERR_USAGE_OPTION' }))
    }
  })

  test('checks what it is told about attestation', () => {
    for (const attestation of [
      undefined,
      {},
      { provider: {} },
      { provider, tiers: [] },
      { provider, tiers: ['perConnection', 'perConnection'] },
      { provider, tiers: ['always'] },
      { provider, plain: true },
      { provider, deadlineMs: 0 },
      { provider, maxPending: 0 },
      { provider, maxConnectionAgeMs: 0 },
      { provider, clients: { policy, unknown: 1 } },
      { provider, mode: 'strict' }
    ]) {
      const options = { attestation } as Options // what somebody could write
      expect(() => createServer(options)).toThrow(expect.objectContaining({ code: 'ERR_USAGE_OPTION' }))
    }
    const empty = { attestation: { provider, clients: { anyOf: [] } } } as unknown as Options // as above
    expect(() => createServer(empty)).toThrow(expect.objectContaining({ code: 'ERR_USAGE_POLICY_EMPTY' }))
  })
})

async function get(options: RequestOptions = {}): Promise<string> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    request({ host, port, agent, ...options }, resolve)
      .on('error', reject)
      .end()
  })
  return textOf(response)
}

async function plainGet(): Promise<string> {
  const socket = tlsConnect({ host, port, rejectUnauthorized: false, ALPNProtocols: ['http/1.1'] })
  await once(socket, 'secureConnect')
  socket.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
  return (await textOf(socket)).split('\r\n\r\n')[1]?.replace(/^\w+\r\n|\r\n.*$/gs, '') ?? ''
}
