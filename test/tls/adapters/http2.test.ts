import { once } from 'node:events'
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect as connectPlain,
  type ServerHttp2Stream
} from 'node:http2'
import { request } from 'node:https'
import { describe, expect, test } from 'vitest'
import { attestedAgent } from '../../../packages/sdk/src/tls/agent/index.js'
import {
  type AttestedHttp2Server,
  type ConnectOptions,
  connect,
  createSecureServer,
  sessionVerdict
} from '../../../packages/sdk/src/tls/http2/index.js'
import { connect as connectRaw } from '../../../packages/sdk/src/tls/raw/index.js'
import { host, textOf, trust } from '../support.js'
import { atEnd, megabyte, serve, setStage } from './stage.js'

describe('HTTP/2', () => {
  const stage = setStage()
  let server: AttestedHttp2Server
  let port: number

  async function start(
    onRequest?: Parameters<typeof createSecureServer>[1],
    options: Partial<Parameters<typeof createSecureServer>[0]> = {}
  ): Promise<void> {
    server = createSecureServer({ attestation: { provider: stage.provider }, ...options }, onRequest)
    port = await serve(server)
  }

  async function open(options: Partial<ConnectOptions> = {}): Promise<ClientHttp2Session> {
    const session = await connect({ host, port, policy: stage.policy, trust, ...options })
    atEnd(() => session.destroy())
    return session
  }

  test('carries many requests on one session, whose verdict the client can ask for', async () => {
    await start((req, res) => res.end(`hello ${req.url}`))
    const session = await open()
    const paths = Array.from({ length: 20 }, (_, i) => `/${i}`)
    const answers = await Promise.all(paths.map((path) => textOf(session.request({ ':path': path }))))
    expect(answers).toEqual(paths.map((path) => `hello ${path}`))
    expect(sessionVerdict(session)).toMatchObject({ kind: 'snp', alpn: 'tresor1+h2', tier: 'perConnection' })
    session.destroy()
    expect(sessionVerdict(session)).toBeUndefined()
  })

  test('knows its client where clients must prove themselves, in requests and in streams', async () => {
    await start((req, res) => res.end(String(req.attestation?.kind)), {
      attestation: { provider: stage.provider, clients: stage.policy }
    })
    let seen: unknown
    server.on('stream', (stream: ServerHttp2Stream) => {
      seen = sessionVerdict(stream.session)
    })
    const session = await open({ provider: stage.provider })
    expect(await textOf(session.request())).toBe('snp')
    expect(seen).toMatchObject({ kind: 'snp' })
  })

  test('knows nothing of a client that it asks for nothing', async () => {
    await start((req, res) => res.end(String(req.attestation)))
    expect(await textOf((await open()).request())).toBe('undefined')
  })

  test('refuses a server of another image, which sees no session', async () => {
    await start()
    let sessions = 0
    server.on('session', () => sessions++)
    await expect(open({ policy: stage.otherPolicy })).rejects.toMatchObject({ code: 'ERR_POLICY_MEASUREMENT' })
    expect(sessions).toBe(0)
  })

  test('falls back to HTTP/1.1 where the server says so, and the handlers know the client all the same', async () => {
    const attestation = { provider: stage.provider, clients: stage.policy }
    await start((req, res) => res.end(`${req.httpVersion} ${req.attestation?.kind}`), { allowHTTP1: true, attestation })
    const agent = attestedAgent({ policy: stage.policy, trust, provider: stage.provider })
    atEnd(() => agent.destroy())
    const [response] = await once(request({ host, port, agent }).end(), 'response')
    expect(await textOf(response)).toBe('1.1 snp')
    expect(await textOf((await open({ provider: stage.provider })).request())).toBe('2.0 snp')
  })

  test('refuses HTTP/1.1 otherwise', async () => {
    await start()
    const agent = attestedAgent({ policy: stage.policy, trust })
    atEnd(() => agent.destroy())
    await expect(once(request({ host, port, agent }).end(), 'response')).rejects.toMatchObject({ code: 'ERR_TLS_ALPN' })
    await expect(connectRaw({ host, port, policy: stage.policy, trust })).rejects.toMatchObject({
      code: 'ERR_TLS_ALPN'
    })
  })

  test('serves plain clients beside attested ones where it is told to, and knows nothing of them', async () => {
    const attestation = { provider: stage.provider, clients: stage.policy, plain: 'allow' } as const
    await start((req, res) => res.end(String(req.attestation?.kind)), { attestation })
    const plain = connectPlain(`https://${host}:${port}`, { rejectUnauthorized: false })
    atEnd(() => plain.destroy())
    expect(await textOf(plain.request())).toBe('undefined')
    expect(await textOf((await open({ provider: stage.provider })).request())).toBe('snp')
  })

  test('carries a megabyte both ways, in spite of slow readers', async () => {
    await start((req, res) => void req.pipe(res))
    const stream = (await open()).request({ ':method': 'POST' })
    stream.end(megabyte)
    expect((await slowly(stream)).equals(megabyte)).toBe(true)
  })

  test('closes in good order: what is under way is finished', async () => {
    let answer: (() => void) | undefined
    await start((_, res) => {
      answer = () => res.end('done')
    })
    const session = await open()
    const stream = session.request()
    await once(server, 'request')
    server.close()
    session.close()
    answer?.()
    expect(await textOf(stream)).toBe('done')
    await once(server, 'close')
  })

  test('ends a session that is as old as it may become, after what is under way', async () => {
    await start((_, res) => void setTimeout(() => res.end('done'), 120))
    const session = await open({ maxConnectionAgeMs: 40 })
    const stream = session.request()
    const closed = once(session, 'close')
    expect(await textOf(stream)).toBe('done')
    await closed
  })

  test('begins no request on a session that is too old, even where the timer is late', async () => {
    let heard = 0
    await start((_, res) => void res.end(String(heard++)))
    const session = await open({ maxConnectionAgeMs: 20 })
    const end = performance.now() + 40
    while (performance.now() < end); // no timer runs meanwhile
    const asking = async (): Promise<string> => textOf(session.request()) // Node 20 throws, Node 24 gives a stream that fails
    await expect(asking()).rejects.toThrow()
    expect(session.closed).toBe(true)
    expect(heard).toBe(0)
  })

  test.each(['createConnection', 'unknown'])('refuses the option %s', async (name) => {
    const options = { host, port: 1, policy: stage.policy, trust, [name]: 1 } as ConnectOptions // wrong on purpose
    await expect(connect(options)).rejects.toMatchObject({ code: 'ERR_USAGE_OPTION' })
  })
})

async function slowly(stream: ClientHttp2Stream): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of stream) {
    chunks.push(chunk)
    if (chunks.length % 10 === 0) await new Promise((resolve) => setImmediate(resolve))
  }
  return Buffer.concat(chunks)
}
