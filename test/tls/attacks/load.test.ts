// Attacks on availability: devices that fail, exchanges that are never finished, sockets handed over with writes under way.
import { once } from 'node:events'
import { get } from 'node:https'
import { type Socket, connect as tcpConnect } from 'node:net'
import { Duplex } from 'node:stream'
import { createServer as createTlsServer, type TLSSocket, type TlsOptions, connect as tlsConnect } from 'node:tls'
import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { EvidenceProvider } from '../../../packages/sdk/src/attest/index.js'
import { UnavailableError } from '../../../packages/sdk/src/core/index.js'
import { attestedAgent } from '../../../packages/sdk/src/tls/agent/index.js'
import { holdConnections } from '../../../packages/sdk/src/tls/hold.js'
import { connect as connectHttp2, createSecureServer } from '../../../packages/sdk/src/tls/http2/index.js'
import { createServer as createHttpsServer } from '../../../packages/sdk/src/tls/https/index.js'
import { type ClientOptions, createClient } from '../../../packages/sdk/src/tls/index.js'
import { expectServer } from '../../../packages/sdk/src/tls/options.js'
import { serverTlsOptions } from '../../../packages/sdk/src/tls/server-options.js'
import type { Policy } from '../../../packages/sdk/src/verify/index.js'
import { host, policyOf, testProvider, textOf, trust } from '../support.js'
import { codeOfConnecting, endAll, keep, listenTo, startVictim, stolen, until } from './stage.js'

let provider: EvidenceProvider
let policy: Policy
let options: ClientOptions

beforeAll(async () => {
  provider = testProvider()
  policy = await policyOf(provider)
  options = { policy, trust }
})
afterEach(endAll)

describe('a device that fails in the middle', () => {
  test('fails the connections of its batch, with advice to retry, and no others', async () => {
    let asked = 0
    const flaky: EvidenceProvider = {
      ...provider,
      collect: async (request) => {
        if (++asked === 3) throw new UnavailableError('ERR_DEVICE_REFUSED', 'no quote')
        if (asked === 2) await new Promise((resolve) => setTimeout(resolve, 100)) // the others gather meanwhile
        return provider.collect(request)
      }
    }
    const victim = await startVictim({ provider: flaky })
    const client = createClient(options)
    const attempt = (): Promise<TLSSocket> => client.connect({ host, port: victim.port, protocols: ['raw'] })
    keep(await attempt())
    const results = await Promise.allSettled(Array.from({ length: 12 }, attempt))
    const failed = results.filter((result) => result.status === 'rejected')
    for (const { reason } of failed) {
      expect(reason).toMatchObject({ code: 'ERR_TLS_UNAVAILABLE', details: { retryAfterMs: 1000 } })
    }
    expect(failed.length).toBeGreaterThan(1)
    expect(failed.length).toBeLessThan(12)
    keep(await attempt())
    expect(victim.refusals).toHaveLength(failed.length)
    await until(() => victim.released.length >= 14 - failed.length)
    expect(victim.released).toHaveLength(14 - failed.length)
  })
})

describe('a policy of another host', () => {
  test('opens no way for requests of one agent through the connections of another', async () => {
    const heard: string[] = []
    const server = createHttpsServer({ attestation: { provider } }, (request, response) => {
      heard.push(String(request.headers.from))
      response.end()
    })
    const port = await listenTo(server)
    const other = await policyOf(testProvider({ measurement: new Uint8Array(48).fill(7) }))
    const [good, bad] = [attestedAgent(options), attestedAgent({ policy: other, trust })]
    const visit = (agent: typeof good, from: string): Promise<unknown[]> =>
      once(
        get({ host, port, agent, headers: { from } }).on('response', (response) => response.resume()),
        'response'
      )
    await visit(good, 'good')
    await expect(visit(bad, 'bad')).rejects.toMatchObject({ code: 'ERR_POLICY_MEASUREMENT' })
    await visit(good, 'good')
    expect(heard).toEqual(['good', 'good'])
    good.destroy()
  })
})

describe('guests and policies', () => {
  test('a guest that its host can debug is given nothing', async () => {
    const victim = await startVictim({ provider: testProvider({ guestPolicy: 0xb_0000n }) })
    expect(await codeOfConnecting(victim.port, options)).toBe('ERR_POLICY_DEBUG')
    await until(() => victim.refusals.length > 0)
    expect(victim.refusals).toMatchObject([{ code: 'ERR_POLICY_PEER' }])
    expect(victim.released).toEqual([])
  })

  test('a client that its host can debug is given nothing', async () => {
    const victim = await startVictim({ provider, clients: policy })
    const debuggable = testProvider({ guestPolicy: 0xb_0000n })
    expect(await codeOfConnecting(victim.port, { ...options, provider: debuggable })).toBe('ERR_POLICY_PEER')
    expect(victim.refusals).toMatchObject([{ code: 'ERR_POLICY_DEBUG' }])
    expect(victim.released).toEqual([])
  })
})

describe('HTTP/2 is handed a socket', () => {
  test('only when the last write of the exchange has left, on both sides', async () => {
    const server = createSecureServer({ attestation: { provider, clients: policy } }, (_, response) => {
      response.end('application')
    })
    const port = await listenTo(server)
    for (const delayMs of [0, 1, 7]) {
      const carrier = new SlowCarrier(tcpConnect({ port, host }), delayMs)
      const session = await connectHttp2({ ...options, provider, host, port, socket: carrier })
      const streams = Array.from({ length: 5 }, () => textOf(session.request({ ':path': '/' }).setEncoding('utf8')))
      expect(await Promise.all(streams)).toEqual(Array(5).fill('application'))
      session.destroy()
    }
  })
})

describe('a thousand exchanges that are never finished', () => {
  test('keep nobody out, and cost no more than was allowed', async () => {
    const victim = await startVictim({ provider, maxPending: 100 })
    const silent: TLSSocket[] = []
    const before = process.memoryUsage().heapUsed
    for (let round = 0; round < 20; round++) silent.push(...(await Promise.all(crowd(victim.port))))
    await until(() => victim.refusals.length >= 900)
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(96 * 1024 * 1024) // both ends of all of them
    const client = createClient(options)
    const served = await client.connect({ host, port: victim.port, protocols: ['raw'] })
    expect(String((await once(keep(served), 'data'))[0])).toBe('application')
    expect(victim.released).toHaveLength(1)
    expect(silent).toHaveLength(1000)
  })
})

test('exchanges that nobody finishes are never more than the limit, whoever comes', async () => {
  const settings = expectServer({ provider, maxPending: 20 })
  const options = serverTlsOptions<TlsOptions>({ ...stolen }, settings, ['raw'])
  const server = createTlsServer(options)
  const pending = holdConnections(server, settings, options)
  const sizes: number[] = []
  server.on('attestationError', () => sizes.push(pending.size))
  const port = await listenTo(server)
  for (let round = 0; round < 2; round++) await Promise.all(crowd(port))
  await until(() => sizes.length >= 80)
  expect(Math.max(...sizes)).toBeLessThanOrEqual(20)
  expect(pending.size).toBe(20)
  const open = await new Promise<number>((resolve) => server.getConnections((_, count) => resolve(count)))
  expect(open).toBeLessThanOrEqual(21) // and one that is being told why it had to go
})

/** Fifty clients that finish the TLS handshake, and then say nothing. */
function crowd(port: number): Promise<TLSSocket>[] {
  const clients = { port, host, rejectUnauthorized: false, ALPNProtocols: ['tresor1+raw'] }
  return Array.from({ length: 50 }, async () => {
    const socket = keep(tlsConnect(clients)).resume()
    await once(socket, 'secureConnect')
    return socket
  })
}

/** A way to the server on which each write takes its time. */
class SlowCarrier extends Duplex {
  readonly #socket: Socket
  readonly #delayMs: number

  constructor(socket: Socket, delayMs: number) {
    super({ highWaterMark: 64 })
    this.#socket = socket
    this.#delayMs = delayMs
    socket.on('data', (data) => this.push(data) || socket.pause())
    socket.on('end', () => this.push(null))
    socket.on('error', (error) => this.destroy(error))
  }

  override _read(): void {
    this.#socket.resume()
  }

  override _write(data: Buffer, _: string, done: (error?: Error | null) => void): void {
    setTimeout(() => this.#socket.write(data, done), this.#delayMs)
  }

  override _final(done: () => void): void {
    this.#socket.end(done)
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#socket.destroy()
    done(error)
  }
}
