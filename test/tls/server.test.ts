// The server's end of the exchange, seen by clients that keep to the protocol up to a point.

import { once } from 'node:events'
import { connect as tcpConnect } from 'node:net'
import { type ConnectionOptions, type TLSSocket, connect as tlsConnect } from 'node:tls'
import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import type { EvidenceProvider } from '../../packages/sdk/src/attest/index.js'
import { UnavailableError } from '../../packages/sdk/src/core/index.js'
import type { ServerAttestation } from '../../packages/sdk/src/tls/index.js'
import type { EvidenceMessage, Message } from '../../packages/sdk/src/tls/messages.js'
import { type AttestedServer, connect, createServer } from '../../packages/sdk/src/tls/raw/index.js'
import type { Policy } from '../../packages/sdk/src/verify/index.js'
import {
  type ByHand,
  connectByHand,
  hello,
  host,
  listen,
  policyOf,
  refusal,
  testProvider,
  textOf,
  trust
} from './support.js'

let provider: EvidenceProvider
let policy: Policy
let server: AttestedServer
let port: number
const handedOver: TLSSocket[] = []

beforeAll(async () => {
  provider = testProvider()
  policy = await policyOf(provider)
})
afterEach(async () => {
  for (const socket of handedOver.splice(0)) socket.destroy()
  if (!server.listening) return
  server.close()
  await once(server, 'close')
})

async function start(options: Partial<ServerAttestation> = {}): Promise<void> {
  server = createServer({ attestation: { provider, ...options } }, (socket) => {
    handedOver.push(socket)
    socket.end('application')
  })
  port = await listen(server)
}

describe('a server', () => {
  test('hands over nothing before final, and everything after it', async () => {
    await start()
    const client = await connectByHand(port)
    await client.send(hello)
    const evidence = await evidenceOf(client)
    await new Promise((resolve) => setImmediate(resolve))
    expect(handedOver).toEqual([])
    await client.send({ type: 'final', echo: evidence.nonce })
    await client.channel.release()
    expect(await textOf(client.socket)).toBe('application')
    expect(handedOver).toHaveLength(1)
  })

  test('keeps what the client sent right behind final for the protocol above', async () => {
    const received = new Promise<string>((resolve) => {
      server = createServer({ attestation: { provider } }, (socket) => resolve(textOf(socket)))
    })
    port = await listen(server)
    const client = await connectByHand(port)
    await client.send(hello)
    const { nonce } = await evidenceOf(client)
    client.socket.cork()
    const final = client.send({ type: 'final', echo: nonce })
    client.socket.end('first words')
    client.socket.uncork()
    await final
    expect(await received).toBe('first words')
  })

  test('hands over the end too, where the client has nothing more to say', async () => {
    const received = new Promise<string>((resolve) => {
      server = createServer({ attestation: { provider }, allowHalfOpen: true }, (socket) => {
        handedOver.push(socket)
        resolve(textOf(socket))
      })
    })
    port = await listen(server)
    const client = await connectByHand(port)
    await client.send(hello)
    const { nonce } = await evidenceOf(client)
    client.socket.cork()
    const final = client.send({ type: 'final', echo: nonce })
    client.socket.end()
    client.socket.uncork()
    await final
    expect(await received).toBe('')
  })

  test('says nothing of its own after final: a client of few words hears the application only', async () => {
    await start()
    const socket = await connect({ host, port, policy, trust })
    expect(await textOf(socket)).toBe('application')
  })

  test('forgets the deadline once it has handed over', async () => {
    server = createServer({ attestation: { provider, deadlineMs: 300 } }, (socket) => socket.pipe(socket))
    port = await listen(server)
    const socket = await connect({ host, port, policy, trust })
    await new Promise((resolve) => setTimeout(resolve, 400))
    socket.end('still here')
    expect(await textOf(socket)).toBe('still here')
  })
})

describe('a client is refused, and told why, when it', () => {
  const cases: readonly [string, (client: ByHand) => Promise<void>, Partial<ServerAttestation>?][] = [
    ['begins with final', (client) => client.send({ type: 'final', echo: hello.nonce })],
    ['begins with ready', (client) => client.send({ type: 'ready' })],
    ['begins with evidence', (client) => client.send({ ...anyEvidence })],
    ['sends no CBOR', (client) => client.send(Buffer.from('GET / HTTP/1.1\r\n\r\n'))],
    ['sends an empty frame', (client) => rawWrite(client, Buffer.alloc(4))],
    ['announces a large frame', (client) => rawWrite(client, Buffer.from([0, 0, 4, 1]))],
    ['announces an enormous frame', (client) => rawWrite(client, Buffer.from([255, 255, 255, 255]))],
    ['sends hello twice', (client) => client.send(hello).then(() => client.send(hello))],
    [
      'answers before it is asked',
      (client) => client.send(hello).then(() => client.send({ type: 'final', echo: hello.nonce }))
    ],
    [
      'answers another question',
      async (client) => {
        await client.send(hello)
        await client.read()
        await client.send({ type: 'final', echo: hello.nonce })
      }
    ],
    [
      'sends evidence that nobody asked for',
      async (client) => {
        await client.send(hello)
        const { nonce, proof, cmw = new Uint8Array(1) } = await evidenceOf(client)
        await client.send({ type: 'final', echo: nonce, proof, cmw })
      }
    ],
    [
      'sends a large final',
      async (client) => {
        await client.send(hello)
        await client.read()
        await rawWrite(client, Buffer.from([0, 0, 0, 200]))
      }
    ]
  ]
  test.each(cases)('%s', async (_, act) => {
    await start()
    const refused = refusal(server)
    const client = await connectByHand(port)
    const told = alertTo(client, act)
    expect(await refused).toMatchObject({ code: 'ERR_TLS_PROTOCOL' })
    expect(await told).toMatchObject({ type: 'alert', reason: 'protocol' })
    expect(handedOver).toEqual([])
  })

  test('accepts no tier that the server offers', async () => {
    await start({ tiers: ['boundKey'] })
    const refused = refusal(server)
    const client = await connectByHand(port)
    expect(await alertTo(client, () => client.send(hello))).toMatchObject({ reason: 'tier' })
    expect(await refused).toMatchObject({ code: 'ERR_POLICY_TIER' })
  })

  test('has no evidence although it is asked for it', async () => {
    await start({ clients: policy })
    const refused = refusal(server)
    const client = await connectByHand(port)
    expect(await alertTo(client, () => client.send(hello))).toMatchObject({ reason: 'unattested' })
    expect(await refused).toMatchObject({ code: 'ERR_POLICY_UNATTESTED' })
  })

  test('sends no evidence although it has promised it', async () => {
    await start({ clients: policy })
    const refused = refusal(server)
    const client = await connectByHand(port)
    const told = alertTo(client, async () => {
      await client.send({ ...hello, offers: ['perConnection'] })
      await client.send({ type: 'final', echo: (await evidenceOf(client)).nonce })
    })
    expect(await told).toMatchObject({ reason: 'protocol' })
    expect(await refused).toMatchObject({ code: 'ERR_TLS_PROTOCOL' })
  })

  test('sends the evidence of the server back', async () => {
    await start({ clients: policy })
    const refused = refusal(server)
    const client = await connectByHand(port)
    const told = alertTo(client, async () => {
      await client.send({ ...hello, offers: ['perConnection'] })
      const { nonce, proof, cmw = new Uint8Array(1) } = await evidenceOf(client)
      await client.send({ type: 'final', echo: nonce, proof, cmw })
    })
    expect(await told).toMatchObject({ reason: 'refused' })
    expect(await refused).toMatchObject({ code: 'ERR_POLICY_REPORT_DATA' })
  })

  test('comes while the device fails, with advice to retry', async () => {
    const failing: EvidenceProvider = {
      ...provider,
      collect: () => Promise.reject(new UnavailableError('ERR_DEVICE_BUSY', 'throttled'))
    }
    await start({ provider: failing })
    const refused = refusal(server)
    const client = await connectByHand(port)
    const told = alertTo(client, () => client.send(hello))
    expect(await told).toEqual({ type: 'alert', reason: 'unavailable', retryAfterMs: 1000 })
    expect(await refused).toMatchObject({ code: 'ERR_DEVICE_BUSY' })
  })
})

describe('a client that', () => {
  test.each<[string, (client: ByHand) => Promise<unknown>]>([
    ['says nothing', async () => undefined],
    ['stops in the middle of a frame', (client) => rawWrite(client, Buffer.from([0, 0, 0, 9, 1]))],
    ['stops after hello', (client) => client.send(hello)]
  ])('%s is told that time is over', async (_, act) => {
    await start({ deadlineMs: 150 })
    const refused = refusal(server)
    const client = await connectByHand(port)
    await act(client)
    expect(await refused).toMatchObject({ code: 'ERR_TLS_TIMEOUT' })
    expect(handedOver).toEqual([])
  })

  test('sends a byte at a time gains no time by it', async () => {
    await start({ deadlineMs: 200 })
    const refused = refusal(server)
    const { socket } = await connectByHand(port)
    const frame = Buffer.alloc(500)
    frame.writeUInt32BE(496)
    let sent = 0
    const drip = setInterval(() => socket.writable && socket.write(frame.subarray(sent, ++sent)), 20)
    socket.on('close', () => clearInterval(drip))
    expect(await refused).toMatchObject({ code: 'ERR_TLS_TIMEOUT' })
    socket.destroy()
  })

  test.each<[string, (client: ByHand) => Promise<unknown>]>([
    ['in the middle of a frame', (client) => rawWrite(client, Buffer.from([0, 0, 0, 9, 1]))],
    ['after hello', (client) => client.send(hello)],
    ['after evidence', (client) => client.send(hello).then(() => client.read())]
  ])('goes away %s is forgotten', async (_, act) => {
    await start()
    const refused = refusal(server)
    const client = await connectByHand(port)
    await act(client)
    client.socket.destroy()
    expect(await refused).toMatchObject({ code: 'ERR_TLS_CLOSED' })
    expect(handedOver).toEqual([])
  })

  test('half-closes in the middle is forgotten', async () => {
    await start()
    const refused = refusal(server)
    const client = await connectByHand(port)
    client.socket.end()
    expect(await refused).toMatchObject({ code: 'ERR_TLS_CLOSED' })
  })
})

describe('a plain peer', () => {
  test.each<[string, ConnectionOptions]>([
    ['that speaks another protocol', { ALPNProtocols: ['h2', 'http/1.1'] }],
    ['that speaks the protocol under another version', { ALPNProtocols: ['tresor2+raw'] }],
    ['that asks for another protocol of ours', { ALPNProtocols: ['tresor1+h2'] }],
    ['that speaks TLS 1.2', { ALPNProtocols: ['tresor1+raw'], maxVersion: 'TLSv1.2' }]
  ])('%s fails in the TLS handshake', async (_, options) => {
    await start()
    const socket = tlsConnect({ port, host, rejectUnauthorized: false, ...options })
    const [error] = await once(socket, 'error')
    expect(error.code).toMatch(/ALERT_(NO_APPLICATION_PROTOCOL|PROTOCOL_VERSION)/)
  })

  test('that names no protocol is ended without a word', async () => {
    await start()
    const refused = refusal(server)
    const socket = tlsConnect({ port, host, rejectUnauthorized: false })
    expect(await textOf(socket)).toBe('')
    expect(await refused).toMatchObject({ code: 'ERR_TLS_ALPN' })
    expect(handedOver).toEqual([])
  })

  test('is served where the server was told so, and known to be plain', async () => {
    server = createServer({ attestation: { provider, plain: 'allow' } }, (socket) => socket.end('plain'))
    port = await listen(server)
    expect(await textOf(tlsConnect({ port, host, rejectUnauthorized: false }))).toBe('plain')
    const attested = await connect({ host, port, policy, trust })
    expect(await textOf(attested)).toBe('plain')
  })
})

describe('a session', () => {
  test('is never resumed', async () => {
    await start()
    const options = { port, host, rejectUnauthorized: false, ALPNProtocols: ['tresor1+raw'] }
    const first = tlsConnect(options)
    const [session] = await once(first, 'session')
    first.destroy()
    const second = tlsConnect({ ...options, session })
    await once(second, 'secureConnect')
    expect(second.isSessionReused()).toBe(false)
    second.destroy()
  })
})

describe('a server that closes', () => {
  test('ends exchanges that are under way', async () => {
    await start()
    const client = await connectByHand(port)
    await client.send(hello)
    await client.read()
    server.close()
    await Promise.all([once(server, 'close'), once(client.socket, 'close')])
  })

  test('lets connections that it has handed over end by themselves', async () => {
    server = createServer({ attestation: { provider } }, (socket) => socket.pipe(socket))
    port = await listen(server)
    const socket = await connect({ host, port, policy, trust })
    socket.write('good')
    await once(socket, 'readable')
    server.close()
    const closed = once(server, 'close')
    socket.end('bye')
    expect(await textOf(socket)).toBe('goodbye')
    await closed
  })
})

test('a raw server does not pretend that it could end connections by age', () => {
  expect(() => createServer({ attestation: { provider, maxConnectionAgeMs: 1000 } })).toThrow(
    expect.objectContaining({ code: 'ERR_USAGE_OPTION' })
  )
})

describe('many clients that say nothing', () => {
  test('do not keep others out: the oldest of them goes', async () => {
    await start({ maxPending: 3 })
    const silent = await Promise.all(Array.from({ length: 5 }, () => connectByHand(port)))
    const socket = await connect({ host, port, policy, trust })
    expect(await textOf(socket)).toBe('application')
    const gone = silent.filter(({ socket: each }) => each.destroyed || each.readableEnded || each.readableLength > 0)
    expect(gone.length).toBeGreaterThanOrEqual(2)
    for (const each of silent) each.socket.destroy()
  })

  test('who wait for us are not sent away for newcomers', async () => {
    const slow: EvidenceProvider = { ...provider, collect: () => new Promise(() => undefined) }
    await start({ maxPending: 2, provider: slow })
    const waiting = await Promise.all([connectByHand(port), connectByHand(port)])
    for (const client of waiting) await client.send(hello)
    await vi.waitFor(async () => {
      const late = await connectByHand(port)
      const answer = await late.read()
      expect(answer).toMatchObject({ type: 'alert', reason: 'unavailable' })
    })
    expect(waiting.map(({ socket }) => socket.destroyed)).toEqual([false, false])
    for (const { socket } of waiting) socket.destroy()
  })

  test('before TLS are ended by the deadline', async () => {
    await start({ deadlineMs: 100 })
    const socket = tcpConnect({ port, host }).resume()
    await once(socket, 'close')
  })
})

const anyEvidence: EvidenceMessage = {
  type: 'evidence',
  nonce: hello.nonce,
  cmw: new Uint8Array(8),
  proof: { kind: 'connection', inclusion: { index: 0, size: 1, path: [] } }
}

async function evidenceOf(client: ByHand): Promise<EvidenceMessage> {
  const message = await client.read()
  if (message.type === 'evidence') return message
  throw new Error(`expected evidence, found ${JSON.stringify(message)}`)
}

/** The alert that the server sends at last. */
async function alertTo(client: ByHand, act: (client: ByHand) => Promise<unknown>): Promise<Message> {
  await act(client)
  for (;;) {
    const message = await client.read()
    if (message.type === 'alert') return message
  }
}

async function rawWrite({ socket }: ByHand, bytes: Uint8Array): Promise<void> {
  await new Promise((resolve) => socket.write(bytes, resolve))
}
