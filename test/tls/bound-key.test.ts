import { once } from 'node:events'
import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { EvidenceProvider } from '../../packages/sdk/src/attest/index.js'
import { type AttestedClient, type ClientOptions, createClient, tlsVerdict } from '../../packages/sdk/src/tls/index.js'
import { type AttestedServer, createServer } from '../../packages/sdk/src/tls/raw/index.js'
import type { Policy } from '../../packages/sdk/src/verify/index.js'
import { counted, host, listen, policyOf, testProvider, trust } from './support.js'

const minute = 60_000

let provider: EvidenceProvider & { quotes: number }
let policy: Policy
const servers: AttestedServer[] = []

beforeAll(async () => {
  provider = counted(testProvider())
  policy = await policyOf(provider)
})
afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})

describe('a client that accepts a bound key', () => {
  test('asks for evidence once', async () => {
    const port = await startServer()
    const client = boundClient()
    expect(await quotesDuring(() => visit(client, port))).toBe(1)
    expect(await quotesDuring(() => visit(client, port))).toBe(0)
    expect(await visit(client, port)).toMatchObject({ tier: 'boundKey', binding: 'exporter' })
  })

  test('asks again when the evidence is too old by its own clock', async () => {
    const port = await startServer()
    const time = fakeTime()
    const client = boundClient({ maxEvidenceAgeMs: 10 * minute, ...time.clocks })
    await visit(client, port)
    time.pass(10 * minute)
    expect(await quotesDuring(() => visit(client, port))).toBe(0)
    time.pass(1)
    expect(await quotesDuring(() => visit(client, port))).toBe(1)
    expect(await quotesDuring(() => visit(client, port))).toBe(0)
  })

  test.each([
    ['forth', 11 * minute],
    ['back', -1]
  ])('asks again when its clock is set %s', async (_, change) => {
    const port = await startServer()
    const time = fakeTime()
    const client = boundClient({ maxEvidenceAgeMs: 10 * minute, ...time.clocks })
    await visit(client, port)
    time.set(change)
    expect(await quotesDuring(() => visit(client, port))).toBe(1)
  })

  test('asks again when the machine slept and only the wall clock went on', async () => {
    const port = await startServer()
    const time = fakeTime()
    const client = boundClient({ maxEvidenceAgeMs: 10 * minute, ...time.clocks })
    await visit(client, port)
    time.set(11 * minute)
    expect(await quotesDuring(() => visit(client, port))).toBe(1)
  })

  test('keeps no evidence when the age is zero', async () => {
    const port = await startServer()
    const time = fakeTime()
    const client = boundClient({ maxEvidenceAgeMs: 0, ...time.clocks })
    await visit(client, port)
    time.pass(1)
    expect(await quotesDuring(() => visit(client, port))).toBe(1)
  })

  test('asks another process of the same service for evidence of its own', async () => {
    const client = boundClient()
    const [one, two] = [await startServer(), await startServer()]
    await visit(client, one)
    expect(await quotesDuring(() => visit(client, two))).toBe(1)
    expect(await quotesDuring(() => visit(client, one))).toBe(0)
  })

  test('asks again when the service was started anew at the same place', async () => {
    const client = boundClient()
    const port = await startServer()
    await visit(client, port)
    await stopServers()
    await startServer(port)
    expect(await quotesDuring(() => visit(client, port))).toBe(1)
  })

  test('gets a quote for each connection from a server that offers nothing else, if it accepts that too', async () => {
    const port = await startServer(0, ['perConnection'])
    const verdict = await visit(boundClient({ tiers: ['boundKey', 'perConnection'] }), port)
    expect(verdict).toMatchObject({ tier: 'perConnection' })
  })

  test('does not share its memory with another client', async () => {
    const port = await startServer()
    await visit(boundClient(), port)
    expect(await quotesDuring(() => visit(boundClient(), port))).toBe(1)
  })
})

describe('a server that asks its clients for evidence', () => {
  test('accepts a bound key of theirs and asks for its evidence once', async () => {
    const server = createServer({ attestation: { provider, clients: { policy, tiers: ['boundKey'] } } }, (socket) =>
      socket.end(JSON.stringify(tlsVerdict(socket)?.tier))
    )
    servers.push(server)
    const port = await listen(server)
    const client = boundClient({ provider })
    expect(await quotesDuring(() => visit(client, port))).toBe(2)
    expect(await quotesDuring(() => visit(client, port))).toBe(0)
  })
})

async function startServer(port = 0, tiers: readonly ('perConnection' | 'boundKey')[] = ['perConnection', 'boundKey']) {
  const server = createServer({ attestation: { provider, tiers } }, (socket) => socket.end())
  servers.push(server)
  if (port === 0) return listen(server)
  server.listen(port, host)
  await once(server, 'listening')
  return port
}

async function stopServers(): Promise<void> {
  for (const server of servers.splice(0)) {
    server.close()
    await once(server, 'close')
  }
}

function boundClient(options: Partial<ClientOptions> = {}): AttestedClient {
  return createClient({ policy, trust, tiers: ['boundKey'], ...options })
}

async function visit(client: AttestedClient, port: number) {
  const socket = await client.connect({ host, port, protocols: ['raw'] })
  const verdict = tlsVerdict(socket)
  socket.end().resume()
  await once(socket, 'close')
  return verdict
}

async function quotesDuring(work: () => Promise<unknown>): Promise<number> {
  const before = provider.quotes
  await work()
  return provider.quotes - before
}

/** Two clocks: one can be set, the other only goes on. */
function fakeTime() {
  const now = { wall: Date.now(), steady: 1000 }
  return {
    clocks: { clock: () => new Date(now.wall), steadyClock: () => now.steady },
    set: (ms: number): void => {
      now.wall += ms
    },
    pass: (ms: number): void => {
      now.wall += ms
      now.steady += ms
    }
  }
}
