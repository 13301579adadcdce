import { once } from 'node:events'
import type { RequestListener } from 'node:http'
import type { TLSSocket } from 'node:tls'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { EvidenceProvider } from '../../packages/sdk/src/attest/index.js'
import { type AttestedHttp2Server, connect, createSecureServer } from '../../packages/sdk/src/tls/http2/index.js'
import { type AttestedHttpsServer, createServer as createHttpsServer } from '../../packages/sdk/src/tls/https/index.js'
import { createClient } from '../../packages/sdk/src/tls/index.js'
import { listen, policyOf, testProvider, textOf, trust } from './support.js'

let provider: EvidenceProvider
let server: AttestedHttp2Server
let port: number

beforeAll(async () => {
  provider = testProvider()
  server = createSecureServer({ attestation: { provider, maxConnectionAgeMs: 150 } }, (_, res) => {
    setTimeout(() => res.end('finished'), 300)
  })
  port = await listen(server)
})
afterAll(() => server.close())

describe('a connection of HTTP/1.1 that has grown old', () => {
  let https: AttestedHttpsServer
  let socket: TLSSocket

  afterEach(() => {
    socket.destroy()
    https.close()
  })

  async function open(
    handler: RequestListener,
    prepare: (server: AttestedHttpsServer) => void = () => undefined
  ): Promise<void> {
    https = createHttpsServer({ attestation: { provider, maxConnectionAgeMs: 100 } }, handler)
    prepare(https)
    const client = createClient({ policy: await policyOf(provider), trust })
    socket = await client.connect({ host: '127.0.0.1', port: await listen(https), protocols: ['http/1.1'] })
  }

  test('ends while it is idle', async () => {
    await open((_, res) => res.end('hello'))
    socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n')
    expect(await textOf(socket)).toContain('keep-alive')
  })

  test('ends behind the response that is under way, though that began before and promised otherwise', async () => {
    await open((_, res) => {
      res.write('first')
      setTimeout(() => res.end('last'), 200)
    })
    socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n')
    expect(await textOf(socket)).toContain('last')
  })

  test('goes on where it has become something else', async () => {
    await open(
      (_, res) => res.end(),
      (server) =>
        server.on('upgrade', (_, inner) => {
          inner.write('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n')
          setTimeout(() => inner.end('still here'), 250)
        })
    )
    socket.write('GET / HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n')
    expect(await textOf(socket)).toContain('still here')
  })

  test('serves upgrades as requests where nobody listens for them', async () => {
    await open((_, res) => res.end('plain answer'))
    socket.write('GET / HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n')
    expect(await textOf(socket)).toContain('plain answer')
  })
})

test('a session of HTTP/2 that has grown old finishes its streams and goes away', async () => {
  const session = await connect({ host: '127.0.0.1', port, policy: await policyOf(provider), trust })
  const closed = once(session, 'close')
  expect(await textOf(session.request({ ':path': '/' }))).toBe('finished')
  await closed
  expect(session.destroyed).toBe(true)
})
