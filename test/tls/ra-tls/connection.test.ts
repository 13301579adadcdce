// Peers that speak RA-TLS and nothing of ours: foreign servers for our clients, foreign clients for our servers. Plain TLS of node:tls plays
// them.
import { once } from 'node:events'
import { createServer as createPlainHttps, get } from 'node:https'
import { createServer as createPlainServer, type TLSSocket, type TlsOptions, connect as tlsConnect } from 'node:tls'
import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { type EvidenceProvider, tdxSimulator } from '../../../packages/sdk/src/attest/index.js'
import { TresorError } from '../../../packages/sdk/src/core/index.js'
import { attestedAgent } from '../../../packages/sdk/src/tls/agent/index.js'
import { createServer as createHttpsServer } from '../../../packages/sdk/src/tls/https/index.js'
import { type ClientOptions, createClient, tlsVerdict } from '../../../packages/sdk/src/tls/index.js'
import {
  createRaTlsCertificate,
  type RaTlsCertificate,
  serveRaTlsCertificate,
  verifyRaTlsCertificate
} from '../../../packages/sdk/src/tls/ra-tls/index.js'
import { createServer } from '../../../packages/sdk/src/tls/raw/index.js'
import type { Policy } from '../../../packages/sdk/src/verify/index.js'
import { endAll, keep, listenTo } from '../attacks/stage.js'
import { host, policyOf, testProvider, trust } from '../support.js'
import { ccc, claimsOf, forge, makeKey } from './forge.js'

const provider: EvidenceProvider = tdxSimulator()
let policy: Policy
let otherPolicy: Policy
let made: RaTlsCertificate
let options: ClientOptions

beforeAll(async () => {
  policy = await policyOf(provider)
  otherPolicy = await policyOf(testProvider())
  made = await createRaTlsCertificate({ provider })
  options = { policy, trust, bindings: ['exporter', 'certificate'] }
})
afterEach(endAll)

interface Foreign {
  readonly port: number
  readonly heard: Buffer[]
}

/** A server of another library. It speaks first. */
async function startForeign(tlsOptions: TlsOptions): Promise<Foreign> {
  const heard: Buffer[] = []
  const server = createPlainServer(tlsOptions, (socket) => {
    keep(socket).on('data', (data: Buffer) => heard.push(data))
    socket.write('220 hello')
  })
  return { port: await listenTo(server), heard }
}

async function connect(port: number, client: ClientOptions = options): Promise<TLSSocket> {
  return keep(await createClient(client).connect({ host, port, protocols: ['raw'] }))
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work
    return 'accepted'
  } catch (error) {
    if (TresorError.is(error)) return error.code
    throw error
  }
}

describe('a client that admits evidence in certificates', () => {
  test.each([
    ['without ALPN', {}],
    ['with ALPN', { ALPNProtocols: ['raw'] }]
  ])('accepts a foreign server %s, says so, and loses no byte', async (_, alpn) => {
    const { port } = await startForeign({ ...made, ...alpn })
    const socket = await connect(port)
    expect(tlsVerdict(socket)).toMatchObject({ kind: 'tdx', binding: 'certificate', tier: undefined })
    const [hello] = await once(socket, 'data')
    expect(String(hello)).toBe('220 hello')
  })

  test('still has the exchange with whoever speaks it', async () => {
    const port = await listenTo(createServer({ ...made, attestation: { provider, plain: 'allow' } }, keep))
    expect(tlsVerdict(await connect(port))).toMatchObject({ binding: 'exporter', tier: 'perConnection' })
    const only = await connect(port, { ...options, bindings: ['certificate'] })
    expect(tlsVerdict(only)).toMatchObject({ binding: 'certificate' })
  })

  test('has agents that speak to foreign https servers', async () => {
    const server = createPlainHttps(made, (_, res) => res.end('foreign'))
    const port = await listenTo(server)
    const agent = attestedAgent(options)
    const [response] = await once(get({ host, port, agent }), 'response')
    expect(tlsVerdict(response.socket)).toMatchObject({ binding: 'certificate' })
    response.resume()
    agent.destroy()
    server.closeAllConnections()
  })

  test.each<[string, () => Promise<TlsOptions>, Partial<ClientOptions>, string]>([
    ['without evidence', async () => forge(makeKey(), []), {}, 'ERR_POLICY_UNATTESTED'],
    ['of another image', async () => made, { policy: undefined as never }, 'ERR_POLICY_KIND'],
    ['with the evidence of another key', forgeOther, {}, 'ERR_TLS_BINDING'],
    [
      'whose certificate has ended',
      async () => made,
      { clock: () => new Date(Date.now() + 7_200_000) },
      'ERR_CERTIFICATE_EXPIRED'
    ],
    ['of TLS 1.2', async () => ({ ...made, maxVersion: 'TLSv1.2' }), {}, 'ERR_TLS_VERSION']
  ])('refuses a server %s and says no word to it', async (_, tlsOptions, changed, code) => {
    const { port, heard } = await startForeign(await tlsOptions())
    const client = { ...options, ...changed }
    expect(await codeOf(connect(port, 'policy' in changed ? { ...client, policy: otherPolicy } : client))).toBe(code)
    expect(heard).toEqual([])
  })

  test('refuses the certificate of a machine that it accepts in the hands of one without the key', async () => {
    const thief = makeKey()
    const { key } = forge(thief, [])
    expect(() => createPlainServer({ key, cert: made.cert })).toThrow('key values mismatch')
  })
})

type Shown = Pick<TlsOptions, 'key' | 'cert'>

/** The genuine extension of somebody else, in a certificate of the attacker. */
async function forgeOther(): Promise<Shown> {
  const { bytes } = await provider.collect({ reportData: new Uint8Array(64) })
  return forge(makeKey(), [ccc(bytes, claimsOf(makeKey()))])
}

describe('a client that does not', () => {
  test.each([
    ['without ALPN', {}],
    ['with ALPN', { ALPNProtocols: ['raw', 'http/1.1'] }]
  ])('refuses a foreign server %s whose evidence is right', async (_, alpn) => {
    const { port, heard } = await startForeign({ ...made, ...alpn })
    expect(await codeOf(connect(port, { policy, trust }))).toBe('ERR_TLS_ALPN')
    expect(heard).toEqual([])
  })

  test.each([[[]], [['exporter', 'exporter']], [['session']], ['certificate']])(
    'cannot be made with bindings %j',
    (bindings) => {
      expect(() => createClient({ policy, trust, bindings: bindings as never })).toThrow(
        expect.objectContaining({ code: 'ERR_USAGE_OPTION' })
      )
    }
  )
})

describe('what this binding does not stop', () => {
  test('a thief of the key passes for its owner until the certificate ends: hence the name in the verdict', async () => {
    const stolen = { key: made.key, cert: made.cert }
    const { port } = await startForeign(stolen)
    expect(tlsVerdict(await connect(port))).toMatchObject({ binding: 'certificate' })
    expect(await codeOf(connect(port, { policy, trust }))).toBe('ERR_TLS_ALPN')
  })
})

describe('a server', () => {
  const foreign = { host, rejectUnauthorized: false, minVersion: 'TLSv1.3' } as const

  test('shows foreign clients a certificate that they can verify, and makes it anew in time', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    try {
      const server = createHttpsServer({ attestation: { provider, plain: 'allow' } }, (_, res) => res.end())
      const served = await serveRaTlsCertificate(server, { provider, lifetimeMs: 90_000 })
      const port = await listenTo(server)
      const first = await certificateAt(port)
      expect((await verifyRaTlsCertificate(first, { policy })).kind).toBe('tdx')
      const { current } = served
      await vi.advanceTimersByTimeAsync(60_000)
      await vi.waitUntil(() => served.current !== current)
      const second = await certificateAt(port)
      expect(Buffer.from(second).equals(first)).toBe(false)
      expect((await verifyRaTlsCertificate(second, { policy })).coversValidity).toBe(true)
      served.stop()
    } finally {
      vi.useRealTimers()
    }
  })

  test('goes on with the old certificate while a new one cannot be had, and tries again', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    try {
      let works = true
      const flaky: EvidenceProvider = {
        ...provider,
        collect: (request) => (works ? provider.collect(request) : Promise.reject(new Error('away')))
      }
      const errors: unknown[] = []
      const server = createServer({ attestation: { provider, plain: 'allow' } })
      const served = await serveRaTlsCertificate(server, {
        provider: flaky,
        lifetimeMs: 90_000,
        onError: (error) => errors.push(error)
      })
      const { current } = served
      works = false
      await vi.advanceTimersByTimeAsync(60_000)
      await vi.waitUntil(() => errors.length === 1)
      expect(served.current).toBe(current)
      works = true
      await vi.advanceTimersByTimeAsync(3_000)
      await vi.waitUntil(() => served.current !== current)
      served.stop()
    } finally {
      vi.useRealTimers()
    }
  })

  test('still gives no tickets and speaks nothing but TLS 1.3 with such a certificate', async () => {
    const server = createServer({ attestation: { provider, plain: 'allow' } }, keep)
    const served = await serveRaTlsCertificate(server, { provider })
    const port = await listenTo(server)
    const first = keep(tlsConnect({ ...foreign, port }))
    const sessions: Buffer[] = []
    first.on('session', (session: Buffer) => sessions.push(session))
    await once(first, 'secureConnect')
    const [session] = sessions
    const second = keep(tlsConnect({ ...foreign, port, ...(session === undefined ? {} : { session }) }))
    await once(second, 'secureConnect')
    expect(second.isSessionReused()).toBe(false)
    const old = keep(tlsConnect({ host, port, rejectUnauthorized: false, maxVersion: 'TLSv1.2' }))
    await expect(once(old, 'secureConnect')).rejects.toThrow()
    served.stop()
  })

  test('that admits them accepts clients by the evidence in their certificates, and leaves those readable', async () => {
    const { port, verdicts, shown } = await startAsking({ bindings: ['exporter', 'certificate'] })
    const socket = keep(tlsConnect({ ...foreign, port, ...made }))
    expect(String((await once(socket, 'data'))[0])).toBe('welcome')
    expect(verdicts).toEqual(['certificate'])
    expect(shown).toEqual([Buffer.from(made.der).toString('hex')])
  })

  test.each<[string, () => Promise<Shown>, string]>([
    ['without a certificate', async () => ({}), 'ERR_POLICY_UNATTESTED'],
    ['without evidence in it', async () => forge(makeKey(), []), 'ERR_POLICY_UNATTESTED'],
    ['with the evidence of another key', forgeOther, 'ERR_TLS_BINDING'],
    ['of another image', async () => createRaTlsCertificate({ provider: testProvider() }), 'ERR_POLICY_KIND']
  ])('refuses clients %s before its application sees them', async (_, shown, code) => {
    const { port, verdicts, refusals } = await startAsking({ bindings: ['exporter', 'certificate'] })
    const socket = keep(tlsConnect({ ...foreign, port, ...(await shown()) }))
    socket.resume()
    await once(socket, 'close')
    expect(refusals).toEqual([expect.objectContaining({ code })])
    expect(verdicts).toEqual([])
  })

  test('that admits plain clients too takes wrong evidence for wrong, and none for none', async () => {
    const { port, verdicts, refusals } = await startAsking({ bindings: ['certificate'] }, 'allow')
    const bare = keep(tlsConnect({ ...foreign, port }))
    await once(bare, 'data')
    const wrong = keep(tlsConnect({ ...foreign, port, ...(await forgeOther()) }))
    wrong.resume()
    await once(wrong, 'close')
    expect(verdicts).toEqual([undefined])
    expect(refusals).toEqual([expect.objectContaining({ code: 'ERR_TLS_BINDING' })])
  })

  test('that does not admit them refuses plain clients with right evidence', async () => {
    const { port, verdicts } = await startAsking({})
    const socket = keep(tlsConnect({ ...foreign, port, ...made, ALPNProtocols: ['raw'] }))
    await expect(once(socket, 'secureConnect')).rejects.toThrow()
    expect(verdicts).toEqual([])
  })

  async function certificateAt(port: number): Promise<Uint8Array> {
    const socket = keep(tlsConnect({ ...foreign, port }))
    await once(socket, 'secureConnect')
    return new Uint8Array(socket.getPeerCertificate().raw)
  }
})

/** A server that asks its clients for evidence. */
async function startAsking(clients: Pick<ClientOptions, 'bindings'>, plain: 'allow' | 'refuse' = 'refuse') {
  const verdicts: (string | undefined)[] = []
  const shown: string[] = []
  const refusals: unknown[] = []
  const server = createServer({ attestation: { provider, plain, clients: { policy, ...clients } } }, (socket) => {
    verdicts.push(tlsVerdict(socket)?.binding)
    shown.push(socket.getPeerCertificate().raw?.toString('hex') ?? '')
    keep(socket).write('welcome')
  })
  server.on('attestationError', (error) => refusals.push(error))
  return { port: await listenTo(server), verdicts, shown, refusals }
}
