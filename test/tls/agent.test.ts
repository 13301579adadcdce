import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { type RequestOptions, request } from 'node:https'
import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { EvidenceProvider } from '../../packages/sdk/src/attest/index.js'
import { type AttestedAgent, type AttestedAgentOptions, attestedAgent } from '../../packages/sdk/src/tls/agent/index.js'
import { type AttestedHttpsServer, createServer } from '../../packages/sdk/src/tls/https/index.js'
import { tlsVerdict } from '../../packages/sdk/src/tls/index.js'
import type { Policy } from '../../packages/sdk/src/verify/index.js'
import { createAuthority } from './authority.js'
import { counted, host, listen, policyOf, testProvider, textOf, trust } from './support.js'

const { ca, server: credentials } = createAuthority()

let provider: EvidenceProvider & { quotes: number }
let slow: EvidenceProvider & { quotes: number }
let policy: Policy
let server: AttestedHttpsServer
let port: number
let connections = 0
const agents: AttestedAgent[] = []

beforeAll(async () => {
  provider = counted(testProvider())
  slow = counted(testProvider({ latencyMs: 39 }))
  policy = await policyOf(provider)
})
afterEach(() => {
  for (const agent of agents.splice(0)) agent.destroy()
  server.close()
  server.closeAllConnections()
})

async function start(delayMs = 0, source = provider): Promise<void> {
  connections = 0
  server = createServer({ attestation: { provider: source }, ...credentials }, (_, res) => {
    setTimeout(() => res.end('hello'), delayMs)
  })
  server.on('secureConnection', () => connections++)
  port = await listen(server)
}

function agentWith(options: Partial<AttestedAgentOptions> = {}): AttestedAgent {
  const agent = attestedAgent({ policy, trust, ...options })
  agents.push(agent)
  return agent
}

describe('an attested agent', () => {
  test('shows its requests the verdict on the server', async () => {
    await start()
    const response = await send({ agent: agentWith() })
    expect(tlsVerdict(response.socket)).toMatchObject({ kind: 'snp', alpn: 'tresor1+http/1.1' })
    await textOf(response)
  })

  test('keeps connections for the next request, and one alone does not', async () => {
    await start()
    const agent = agentWith()
    for (let i = 0; i < 3; i++) await textOf(await send({ agent }))
    expect(connections).toBe(1)
    const single = agentWith({ keepAlive: false })
    for (let i = 0; i < 2; i++) await textOf(await send({ agent: single }))
    expect(connections).toBe(3)
  })

  test('never uses a connection of an agent with another policy', async () => {
    await start()
    await textOf(await send({ agent: agentWith() }))
    const other = await policyOf(testProvider({ measurement: new Uint8Array(48).fill(7) }))
    await expect(send({ agent: agentWith({ policy: other }) })).rejects.toMatchObject({
      code: 'ERR_POLICY_MEASUREMENT'
    })
  })

  test('never uses a connection of the global agent, or gives it one', async () => {
    await start()
    await textOf(await send({ agent: agentWith() }))
    await expect(send({ rejectUnauthorized: false })).rejects.toMatchObject({
      code: 'ECONNRESET'
    })
  })

  test('puts many requests that come at once into few quotes', async () => {
    await start(0, slow)
    const agent = agentWith()
    const before = slow.quotes
    await Promise.all(Array.from({ length: 40 }, async () => textOf(await send({ agent }))))
    expect(connections).toBe(40)
    expect(slow.quotes - before).toBeLessThan(20)
  })

  test('begins no request on a connection that has grown old', async () => {
    await start()
    const agent = agentWith({ maxConnectionAgeMs: 150 })
    await textOf(await send({ agent }))
    await new Promise((resolve) => setTimeout(resolve, 250))
    await textOf(await send({ agent }))
    expect(connections).toBe(2)
  })

  test('lets a request end in peace while its connection grows old', async () => {
    await start(200)
    const agent = agentWith({ maxConnectionAgeMs: 50 })
    expect(await textOf(await send({ agent }))).toBe('hello')
    expect(await textOf(await send({ agent }))).toBe('hello')
    expect(connections).toBe(2)
  })

  test('gives a connection that has grown old to no request that waited for it', async () => {
    await start(80)
    const agent = agentWith({ maxConnectionAgeMs: 50, maxSockets: 1 })
    const all = await Promise.all([1, 2, 3].map(async () => textOf(await send({ agent }))))
    expect(all).toEqual(['hello', 'hello', 'hello'])
    expect(connections).toBe(3)
  })

  test('passes refusals on to the request', async () => {
    await start()
    const error = await send({ agent: agentWith({ trust: 'system' }) }).catch((reason: unknown) => reason)
    expect(error).toMatchObject({ name: 'EvidenceError', code: 'ERR_TLS_TRUST' })
  })

  test('accepts the certificate of its authority, for the name that was called', async () => {
    await start()
    const agent = agentWith({ trust: { ca } })
    expect(await textOf(await send({ agent }))).toBe('hello')
    expect(await textOf(await send({ agent, host: 'localhost' }))).toBe('hello')
    await expect(send({ agent, servername: 'other.example' })).rejects.toMatchObject({ code: 'ERR_TLS_TRUST' })
  })

  test.each([
    { ca: 'x' },
    { checkServerIdentity: () => undefined },
    { session: Buffer.alloc(1) },
    { ALPNProtocols: ['http/1.1'] },
    { cert: 'x', key: 'y' }
  ])('lets no request believe that it decides about TLS: %o', async (extra) => {
    await start()
    await expect(send({ agent: agentWith(), ...extra })).rejects.toMatchObject({ code: 'ERR_USAGE_OPTION' })
  })

  test.each([{ policy: undefined }, { trust: undefined }, { maxConnectionAgeMs: 0 }, { rejectUnauthorized: false }])(
    'checks its options: %o',
    (change) => {
      const options = { policy, trust, ...change } as AttestedAgentOptions // what somebody could write
      expect(() => attestedAgent(options)).toThrow(expect.objectContaining({ name: 'UsageError' }))
    }
  )
})

async function send(options: RequestOptions): Promise<IncomingMessage> {
  const req = request({ host, port, ...options }).end()
  const [response] = await once(req, 'response')
  return response as IncomingMessage // what the event carries
}
