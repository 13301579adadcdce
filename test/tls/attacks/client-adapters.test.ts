// Every client adapter against every kind of wrong server: each refuses with a code, and says no word of its application.
import { once } from 'node:events'
import { request as httpsRequest } from 'node:https'
import { Client as GrpcClient, Metadata } from '@grpc/grpc-js'
import axios from 'axios'
import { Redis } from 'ioredis'
import { Client as PgClient } from 'pg'
import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { EvidenceProvider } from '../../../packages/sdk/src/attest/index.js'
import { TresorError } from '../../../packages/sdk/src/core/index.js'
import { attestedAgent } from '../../../packages/sdk/src/tls/agent/index.js'
import { createFetch } from '../../../packages/sdk/src/tls/fetch/index.js'
import { attestedCredentials } from '../../../packages/sdk/src/tls/grpc/index.js'
import { connect as connectHttp2 } from '../../../packages/sdk/src/tls/http2/index.js'
import type { ClientOptions } from '../../../packages/sdk/src/tls/index.js'
import { attestedConnector } from '../../../packages/sdk/src/tls/ioredis/index.js'
import type { EvidenceMessage } from '../../../packages/sdk/src/tls/messages.js'
import { attestedStream } from '../../../packages/sdk/src/tls/pg/index.js'
import { connect as connectRaw } from '../../../packages/sdk/src/tls/raw/index.js'
import { attestedDispatcher } from '../../../packages/sdk/src/tls/undici/index.js'
import { connect as connectWs } from '../../../packages/sdk/src/tls/ws/index.js'
import { host, policyOf, testProvider, trust } from '../support.js'
import { attestedAlpns, plainAlpns, relay, startAttested, startPlain } from './any-protocol.js'
import { endAll, impostorNonce, proveLeaf, readHello, sessionOf, startImpostor, stolen } from './stage.js'

let provider: EvidenceProvider
let options: ClientOptions

beforeAll(async () => {
  provider = testProvider()
  options = { policy: await policyOf(provider), trust }
})
afterEach(endAll)

/** Sends a secret to a port of this machine; rejects where the server is refused. */
type Say = (port: number, options: ClientOptions) => Promise<unknown>

const secret = 'secret of the application'
const origin = (port: number): string => `https://${host}:${port}`

const adapters: readonly [string, Say][] = [
  [
    'an agent of node:https',
    async (port, own) => {
      const agent = attestedAgent(own)
      await once(httpsRequest({ host, port, agent, headers: { authorization: secret } }).end(), 'response')
    }
  ],
  [
    'axios',
    (port, own) => axios.get(origin(port), { httpsAgent: attestedAgent(own), headers: { authorization: secret } })
  ],
  [
    'a dispatcher of undici',
    (port, own) => attestedDispatcher(own).request({ origin: origin(port), path: '/', method: 'POST', body: secret })
  ],
  ['fetch', (port, own) => createFetch(own)(origin(port), { method: 'POST', body: secret })],
  ['HTTP/2', async (port, own) => (await connectHttp2({ host, port, ...own })).request({ ':path': `/${secret}` })],
  ['raw', async (port, own) => (await connectRaw({ host, port, ...own })).write(secret)],
  [
    'a WebSocket',
    async (port, own) => (await connectWs(`wss://${host}:${port}/${encodeURI(secret)}`, own)).send(secret)
  ],
  [
    'pg',
    (port, own) =>
      new PgClient({
        host,
        port,
        user: 'shop',
        password: secret,
        database: 'shop',
        stream: attestedStream(own)
      }).connect()
  ],
  ['ioredis', sayToRedis],
  ['gRPC', sayByGrpc]
]

async function sayToRedis(port: number, own: ClientOptions): Promise<unknown> {
  const Connector = attestedConnector(own)
  const redis = new Redis({ host, port, Connector, password: secret, lazyConnect: true, retryStrategy: () => null })
  const error = new Promise<never>((_, reject) => redis.once('error', reject))
  const connected = redis.connect()
  connected.catch(() => undefined)
  return Promise.race([
    error,
    connected.catch((reason: unknown) => (TresorError.is(reason) ? Promise.reject(reason) : error))
  ])
}

/** grpc-js passes on what an error says, and not the error. */
async function sayByGrpc(port: number, own: ClientOptions): Promise<unknown> {
  const client = new GrpcClient(`${host}:${port}`, attestedCredentials(own))
  const bytes = (value: Buffer): Buffer => value
  const deadline = { deadline: Date.now() + 5000 }
  try {
    return await new Promise((resolve, reject) => {
      client.makeUnaryRequest('/a/b', bytes, bytes, Buffer.from(secret), new Metadata(), deadline, (error, answer) =>
        error === null ? resolve(answer) : reject(error)
      )
    })
  } finally {
    client.close()
  }
}

interface Attack {
  readonly code: string
  /** What grpc-js tells of it. */
  readonly says: RegExp
  /** Returns the port of the attacker, and what heard of the application there must stay empty. */
  start(): Promise<{ readonly port: number; readonly heard: () => Promise<unknown[]> }>
  readonly options?: Partial<ClientOptions>
  /** How often the client comes. */
  readonly visits?: number
}

const attacks: readonly [string, Attack][] = [
  [
    'speaks ordinary TLS',
    { code: 'ERR_TLS_ALPN', says: /attested TLS/, start: () => plain({ ALPNProtocols: plainAlpns }) }
  ],
  ['speaks ordinary TLS and no ALPN', { code: 'ERR_TLS_ALPN', says: /attested TLS/, start: () => plain({}) }],
  [
    'runs another image',
    {
      code: 'ERR_POLICY_MEASUREMENT',
      says: /measurement/,
      start: async () => {
        const victim = await startAttested({ provider: testProvider({ measurement: new Uint8Array(48).fill(7) }) })
        return { port: victim.port, heard: async () => [...victim.heard, ...victim.released] }
      }
    }
  ],
  [
    'relays the evidence of a genuine one, whose TLS key it has stolen',
    {
      code: 'ERR_POLICY_REPORT_DATA',
      says: /report data/,
      start: async () => {
        const victim = await startAttested({ provider })
        const own = await impostor((peer) => relay(peer, victim.port))
        return { port: own.port, heard: async () => [...(await own.heard()), ...victim.heard, ...victim.released] }
      }
    }
  ],
  [
    'replays evidence of another session',
    { code: 'ERR_POLICY_REPORT_DATA', says: /report data/, start: () => impostor(replay) }
  ],
  [
    'replays evidence, gives tickets, and waits for the client to resume',
    {
      code: 'ERR_POLICY_REPORT_DATA',
      says: /report data/,
      visits: 3,
      start: async () => {
        const resumed: boolean[] = []
        const { port, heard } = await impostor((peer) => {
          resumed.push(peer.socket.isSessionReused())
          return replay(peer)
        })
        return { port, heard: async () => [...(await heard()), ...resumed.filter(Boolean)] }
      }
    }
  ],
  [
    'says nothing',
    {
      code: 'ERR_TLS_TIMEOUT',
      says: /deadline|in time/,
      start: () => impostor((peer) => peer.read()),
      options: { deadlineMs: 150 }
    }
  ]
]

type Act = Parameters<typeof startImpostor>[0]

async function impostor(act: Act, more = {}): ReturnType<Attack['start']> {
  const { port, lastWords } = await startImpostor(act, { ...stolen, ALPNProtocols: attestedAlpns, ...more })
  return { port, heard: async () => (await Promise.all(lastWords)).flat().filter((word) => !word.startsWith('alert')) }
}

async function plain(more: object): ReturnType<Attack['start']> {
  const server = await startPlain(more)
  return { port: server.port, heard: async () => server.heard }
}

/** Genuine evidence for another nonce of the same session: it is as wrong as that of any other session. */
async function replay(peer: Parameters<Act>[0]): Promise<void> {
  await readHello(peer)
  const proven = await proveLeaf(provider, sessionOf(peer).leafOf('server', impostorNonce))
  const evidence: EvidenceMessage = { type: 'evidence', nonce: impostorNonce, ...proven }
  await peer.send(evidence)
}

describe.each(adapters)('%s', (name, say) => {
  test.each(attacks)('refuses a server that %s, and tells it nothing', async (_, attack) => {
    const { port, heard } = await attack.start()
    const own = { ...options, ...attack.options }
    const refusal = name === 'gRPC' ? { details: expect.stringMatching(attack.says) } : { code: attack.code }
    for (let i = 0; i < (attack.visits ?? 1); i++) await expect(say(port, own)).rejects.toMatchObject(refusal)
    expect(await heard()).toEqual([])
  })

  test('would have told a right one', async () => {
    const server = await startAttested({ provider })
    const saying = say(server.port, options)
    saying.catch(() => undefined) // it gets no answer that it understands
    await expect.poll(() => Buffer.concat(server.heard).length).toBeGreaterThan(0)
  })
})
