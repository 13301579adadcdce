// Sessions that were resumed, tickets, and peers of ordinary TLS: nothing of them counts as attested, and none of them hears a word.
import { once } from 'node:events'
import { get } from 'node:https'
import type { Server } from 'node:net'
import { createServer as createTlsServer, type TLSSocket, connect as tlsConnect } from 'node:tls'
import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { EvidenceProvider } from '../../../packages/sdk/src/attest/index.js'
import { TresorError } from '../../../packages/sdk/src/core/index.js'
import { attestedAgent } from '../../../packages/sdk/src/tls/agent/index.js'
import { holdConnections } from '../../../packages/sdk/src/tls/hold.js'
import { type ClientOptions, createClient } from '../../../packages/sdk/src/tls/index.js'
import { expectServer } from '../../../packages/sdk/src/tls/options.js'
import { readSession } from '../../../packages/sdk/src/tls/session.js'
import { host, policyOf, testProvider, trust } from '../support.js'
import {
  endAll,
  impostorNonce,
  keep,
  listenTo,
  proveLeaf,
  readHello,
  sessionOf,
  startImpostor,
  startVictim,
  stolen,
  until
} from './stage.js'

const plainClient = { host, rejectUnauthorized: false, ALPNProtocols: ['tresor1+raw'] } as const

let provider: EvidenceProvider
let options: ClientOptions

beforeAll(async () => {
  provider = testProvider()
  options = { policy: await policyOf(provider), trust }
})
afterEach(endAll)

describe('a resumed session', () => {
  test('is not had even where the owner of the server keeps sessions', async () => {
    const victim = await startVictim({ provider }, {}, keepSessions)
    const session = await sessionFrom(victim.port)
    const second = keep(tlsConnect({ ...plainClient, port: victim.port, session }))
    await once(second, 'secureConnect')
    expect(second.isSessionReused()).toBe(false)
    expect(victim.released).toEqual([])
  })

  test('is nothing that a client asks for, though a server gives it tickets', async () => {
    const resumed: boolean[] = []
    const impostor = await startImpostor(async (peer) => {
      resumed.push(peer.socket.isSessionReused())
      const { nonce } = await readHello(peer)
      const proven = await proveLeaf(provider, sessionOf(peer).leafOf('server', nonce))
      await peer.send({ type: 'evidence', nonce: impostorNonce, ...proven })
      await peer.read()
    })
    const client = createClient(options)
    for (const _ of [1, 2, 3]) keep(await client.connect({ host, port: impostor.port, protocols: ['raw'] }))
    expect(resumed).toEqual([false, false, false])
  })

  test('is not had from tickets that another server of the same owner made', async () => {
    const ticketing = await listenTo(createTlsServer({ ...stolen, ALPNProtocols: ['tresor1+raw'] }, keep))
    const victim = await startVictim({ provider })
    const session = await sessionFrom(ticketing)
    const second = keep(tlsConnect({ ...plainClient, port: victim.port, session }))
    await once(second, 'secureConnect')
    expect(second.isSessionReused()).toBe(false)
    expect(victim.released).toEqual([])
  })
})

describe('a session that was resumed all the same', () => {
  /** As careless as a server can be: its TLS gives tickets and takes them. */
  async function startCareless(): Promise<Careless> {
    const settings = expectServer({ provider })
    const released: TLSSocket[] = []
    const server = createTlsServer({ ...stolen, ALPNProtocols: ['tresor1+raw'] }, (socket) =>
      released.push(keep(socket))
    )
    const refusals: unknown[] = []
    server.on('attestationError', (error) => refusals.push(error))
    holdConnections(server, settings)
    return { port: await listenTo(server), released, refusals }
  }

  interface Careless {
    readonly port: number
    readonly released: TLSSocket[]
    readonly refusals: unknown[]
  }

  test('is refused by the server, with nothing for its application', async () => {
    const { port, released, refusals } = await startCareless()
    const session = await sessionFrom(port)
    const second = keep(tlsConnect({ ...plainClient, port, session }))
    await once(second, 'secureConnect')
    expect(second.isSessionReused()).toBe(true)
    await until(() => refusals.some((error) => TresorError.is(error) && error.code === 'ERR_TLS_RESUMED'))
    expect(released).toEqual([])
  })

  test('is refused by the client, before it says a word', async () => {
    const { port } = await startCareless()
    const session = await sessionFrom(port)
    const second = keep(tlsConnect({ ...plainClient, port, session }))
    await once(second, 'secureConnect')
    expect(() => readSession(second, () => new Uint8Array(32))).toThrow(
      expect.objectContaining({ code: 'ERR_TLS_RESUMED' })
    )
    expect(second.bytesWritten).toBe(0)
  })
})

describe('a request', () => {
  test.each([
    ['of ordinary https', { ALPNProtocols: ['http/1.1'] }, 'ERR_TLS_ALPN'],
    ['without ALPN', {}, 'ERR_TLS_ALPN'],
    ['that chose another of our protocols', { ALPNProtocols: ['tresor1+h2', 'tresor1+raw'] }, 'ERR_TLS_ALPN'],
    ['of TLS 1.2', { ALPNProtocols: ['tresor1+http/1.1'], maxVersion: 'TLSv1.2' } as const, 'ERR_TLS_VERSION']
  ])('says no word to a server %s', async (_, tlsOptions, code) => {
    const heard: Buffer[] = []
    const server = createTlsServer({ ...stolen, ...tlsOptions }, (socket) => {
      keep(socket).on('data', (data: Buffer) => heard.push(data))
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n')
    })
    const port = await listenTo(server)
    const request = get({ host, port, agent: attestedAgent(options), headers: { authorization: 'secret' } })
    await expect(once(request, 'response')).rejects.toMatchObject({ code })
    expect(Buffer.concat(heard).toString()).toBe('')
  })
})

/** What some owners do to make TLS cheaper. */
function keepSessions(server: Server): void {
  const sessions = new Map<string, Buffer>()
  server.on('newSession', (id: Buffer, data: Buffer, done: () => void) => {
    sessions.set(id.toString('hex'), data)
    done()
  })
  server.on('resumeSession', (id: Buffer, done: (error: null, data: Buffer | null) => void) => {
    done(null, sessions.get(id.toString('hex')) ?? null)
  })
}

async function sessionFrom(port: number): Promise<Buffer> {
  const first: TLSSocket = keep(tlsConnect({ ...plainClient, port }))
  const [session] = await once(first, 'session')
  first.destroy()
  return session
}
