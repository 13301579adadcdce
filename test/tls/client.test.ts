// The client's end of the exchange, seen by servers that keep to the protocol up to a point.
import { once } from 'node:events'
import { createServer as createTcpServer, type Server } from 'node:net'
import { createServer as createTlsServer, type TLSSocket, type TlsOptions } from 'node:tls'
import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { EvidenceProvider } from '../../packages/sdk/src/attest/index.js'
import { Batcher } from '../../packages/sdk/src/tls/batch.js'
import { createCredentials } from '../../packages/sdk/src/tls/certificate.js'
import { CertificateKeys } from '../../packages/sdk/src/tls/certificate-keys.js'
import { type ClientOptions, createClient } from '../../packages/sdk/src/tls/index.js'
import type { EvidenceMessage, Hello, Message } from '../../packages/sdk/src/tls/messages.js'
import type { Proof } from '../../packages/sdk/src/tls/proof.js'
import { createProver, type Proven } from '../../packages/sdk/src/tls/prover.js'
import { connect, createServer } from '../../packages/sdk/src/tls/raw/index.js'
import { readSession } from '../../packages/sdk/src/tls/session.js'
import type { Policy } from '../../packages/sdk/src/verify/index.js'
import { ByHand, host, listen, policyOf, testProvider, textOf, trust } from './support.js'

const serverNonce = new Uint8Array(32).fill(9)
const credentials = createCredentials(new Date())

let provider: EvidenceProvider
let policy: Policy
const servers: Server[] = []

beforeAll(async () => {
  provider = testProvider()
  policy = await policyOf(provider)
})
afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})

describe('a client', () => {
  test('is satisfied by a server that does everything right', async () => {
    const port = await serve(async (peer) => {
      const { hello, proven } = await proveRightly(peer)
      await peer.send({ type: 'evidence', nonce: serverNonce, ...proven })
      expect(hello.offers).toEqual([])
      expect(await peer.read()).toEqual({ type: 'final', echo: serverNonce })
      await peer.channel.release()
      peer.socket.end('application')
    })
    const socket = await connect({ host, port, policy, trust })
    expect(socket.alpnProtocol).toBe(false)
    expect(await textOf(socket)).toBe('application')
  })

  const answers: readonly [string, string, (peer: ByHand) => Promise<unknown>][] = [
    ['ready', 'ERR_TLS_PROTOCOL', (peer) => peer.send({ type: 'ready' })],
    ['hello', 'ERR_TLS_PROTOCOL', async (peer) => peer.send(await helloOf(peer))],
    ['no CBOR', 'ERR_TLS_PROTOCOL', (peer) => peer.send(Buffer.from('HTTP/1.1 200 OK'))],
    ['an enormous frame', 'ERR_TLS_PROTOCOL', (peer) => rawWrite(peer, Buffer.from([255, 255, 255, 255]))],
    ['an alert', 'ERR_TLS_UNAVAILABLE', (peer) => peer.send({ type: 'alert', reason: 'unavailable' })],
    ['another alert', 'ERR_POLICY_TIER', (peer) => peer.send({ type: 'alert', reason: 'tier' })],
    ['the end', 'ERR_TLS_CLOSED', async (peer) => peer.socket.destroy()],
    ['half of the end', 'ERR_TLS_CLOSED', async (peer) => peer.socket.end()],
    [
      'the end in a frame',
      'ERR_TLS_CLOSED',
      (peer) => rawWrite(peer, Buffer.from([0, 0, 0, 9, 1])).then(() => peer.socket.end())
    ],
    [
      'evidence and more',
      'ERR_TLS_PROTOCOL',
      async (peer) => {
        const { proven } = await proveRightly(peer)
        peer.socket.cork()
        const sent = peer.send({ type: 'evidence', nonce: serverNonce, ...proven })
        peer.socket.write('early')
        peer.socket.uncork()
        await sent
      }
    ]
  ]
  test.each(answers)('gives up when the server answers hello with %s', async (_, code, answer) => {
    const port = await serve(answer)
    await expect(connect({ host, port, policy, trust })).rejects.toMatchObject({ code })
  })

  test('gives up when the server answers final with anything but ready', async () => {
    const replies: readonly [Message, string][] = [
      [{ type: 'final', echo: serverNonce }, 'ERR_TLS_PROTOCOL'],
      [{ type: 'alert', reason: 'refused' }, 'ERR_POLICY_PEER']
    ]
    for (const [reply, code] of replies) {
      const port = await serve(async (peer) => {
        const { proven } = await proveRightly(peer)
        await peer.send({
          type: 'evidence',
          nonce: serverNonce,
          ...proven,
          requires: { tier: 'perConnection', knowsKey: false }
        })
        await peer.read()
        await peer.send(reply)
      })
      await expect(connect({ host, port, policy, trust, provider })).rejects.toMatchObject({ code })
    }
  })

  test('does not prove itself to a server before it was accepted', async () => {
    const received: Promise<Message>[] = []
    const port = await serve(async (peer) => {
      const hello = await helloOf(peer)
      expect(hello.offers).toEqual(['perConnection', 'boundKey'])
      const proof: Proof = { kind: 'connection', inclusion: { index: 0, size: 1, path: [] } }
      const { cmw = new Uint8Array(1) } = await proverOf(provider).prove(requestFor(peer, hello, 'other leaf'))
      await peer.send({
        type: 'evidence',
        nonce: serverNonce,
        cmw,
        proof,
        requires: { tier: 'perConnection', knowsKey: false }
      })
      received.push(peer.read())
    })
    await expect(connect({ host, port, policy, trust, provider })).rejects.toMatchObject({
      code: 'ERR_POLICY_REPORT_DATA'
    })
    expect(await received[0]).toEqual({ type: 'alert', reason: 'refused' })
  })

  test('offers no evidence that it does not have', async () => {
    const port = await serve(async (peer) => {
      const { proven } = await proveRightly(peer)
      await peer.send({
        type: 'evidence',
        nonce: serverNonce,
        ...proven,
        requires: { tier: 'perConnection', knowsKey: false }
      })
    })
    await expect(connect({ host, port, policy, trust })).rejects.toMatchObject({ code: 'ERR_POLICY_UNATTESTED' })
  })
})

describe('a proof is refused when', () => {
  const changes: readonly [string, string, (right: EvidenceMessage) => EvidenceMessage, Partial<ClientOptions>?][] = [
    ['its leaf index is another', 'ERR_TLS_BINDING', (right) => changeInclusion(right, { index: 1 })],
    ['its tree is larger', 'ERR_TLS_BINDING', (right) => changeInclusion(right, { size: 2 })],
    ['its path is longer', 'ERR_TLS_BINDING', (right) => changeInclusion(right, { path: [new Uint8Array(64)] })],
    [
      'it leads to another root',
      'ERR_POLICY_REPORT_DATA',
      (right) => changeInclusion(right, { size: 2, path: [new Uint8Array(64)] })
    ],
    ['its tier was not asked for', 'ERR_TLS_BINDING', (right) => right, { tiers: ['boundKey'] }],
    ['its evidence is damaged', 'ERR_EVIDENCE_SIGNATURE', (right) => damage(right)]
  ]
  test.each(changes)('%s', async (_, code, change, options = {}) => {
    const port = await serve(async (peer) => {
      const { proven } = await proveRightly(peer)
      await peer.send(change({ type: 'evidence', nonce: serverNonce, ...proven }))
    })
    await expect(
      createClient({ policy, trust, ...options }).connect({ host, port, protocols: ['raw'] })
    ).rejects.toMatchObject({ code })
  })

  test('a key that is not remembered signs', async () => {
    const port = await serve(async (peer) => {
      const { hello, proven } = await proveRightly(peer, { tier: 'boundKey', knowsKey: true })
      expect(hello.known).toEqual([])
      await peer.send({ type: 'evidence', nonce: serverNonce, ...proven })
    })
    await expect(connect({ host, port, policy, trust, tiers: ['boundKey'] })).rejects.toMatchObject({
      code: 'ERR_TLS_BINDING'
    })
  })

  test.each<[string, (proof: Proof) => Proof, string]>([
    [
      'the signature of a new key is not over this connection',
      (proof) => ({ ...proof, signature: new Uint8Array(64).fill(1) }) as Proof,
      'ERR_TLS_BINDING'
    ],
    ['a new key is no key', (proof) => ({ ...proof, spki: new Uint8Array(91) }) as Proof, 'ERR_ENCODING_DER']
  ])('%s', async (_, change, code) => {
    const port = await serve(async (peer) => {
      const { proven } = await proveRightly(peer, { tier: 'boundKey' })
      await peer.send({ type: 'evidence', nonce: serverNonce, ...proven, proof: change(proven.proof) })
    })
    await expect(connect({ host, port, policy, trust, tiers: ['boundKey'] })).rejects.toMatchObject({ code })
  })
})

describe('policies', () => {
  test('of another machine refuse this one', async () => {
    const other = await policyOf(testProvider({ measurement: new Uint8Array(48).fill(7) }))
    const port = await startServer()
    await expect(connect({ host, port, policy: other, trust })).rejects.toMatchObject({
      code: 'ERR_POLICY_MEASUREMENT'
    })
  })

  test('can be several, of which one must accept', async () => {
    const other = await policyOf(testProvider({ measurement: new Uint8Array(48).fill(7) }))
    const port = await startServer()
    const socket = await connect({ host, port, policy: [other, policy], trust })
    expect(await textOf(socket)).toBe('application')
  })

  test('must be there, and say something', async () => {
    const empty = { anyOf: [] } as unknown as Policy // what somebody could write
    await expect(connect({ host, port: 1, policy: [], trust })).rejects.toMatchObject({
      code: 'ERR_USAGE_POLICY_EMPTY'
    })
    await expect(connect({ host, port: 1, policy: empty, trust })).rejects.toMatchObject({
      code: 'ERR_USAGE_POLICY_EMPTY'
    })
    const absent = { host, port: 1, trust } as Parameters<typeof connect>[0] // as above
    await expect(connect(absent)).rejects.toMatchObject({ code: 'ERR_USAGE_POLICY' })
  })

  test('that do not allow the simulator refuse it', async () => {
    const port = await startServer()
    const { anyOf } = policy
    await expect(connect({ host, port, policy: { anyOf }, trust })).rejects.toMatchObject({
      code: 'ERR_POLICY_SIMULATOR'
    })
  })

  test('refuse a guest that its host can debug', async () => {
    const debuggable = testProvider({ guestPolicy: 0xb_0000n })
    const port = await startServer({}, debuggable)
    await expect(connect({ host, port, policy, trust })).rejects.toMatchObject({ code: 'ERR_POLICY_DEBUG' })
  })
})

describe('trust', () => {
  test('must be said', async () => {
    for (const wrong of [undefined, 'none', {}, { ca: [] }, { ca: 7 }, { ca: 'x', more: 1 }]) {
      const options = { host, port: 1, policy, trust: wrong } as Parameters<typeof connect>[0] // what somebody could write
      await expect(connect(options)).rejects.toMatchObject({ code: 'ERR_USAGE_OPTION' })
    }
  })

  test('in an authority accepts its certificates for the name that was called, and no others', async () => {
    const port = await startServer(credentials)
    const other = createCredentials(new Date())
    const ca = credentials.cert
    await expect(connect({ host, port, policy, trust: { ca: other.cert } })).rejects.toMatchObject({
      code: 'ERR_TLS_TRUST'
    })
    await expect(connect({ host, port, policy, trust: 'system' })).rejects.toMatchObject({ code: 'ERR_TLS_TRUST' })
    await expect(connect({ host, port, policy, trust: { ca }, servername: 'other.example' })).rejects.toMatchObject({
      code: 'ERR_TLS_TRUST'
    })
  })
})

describe('connecting', () => {
  test('fails with a code where nobody listens', async () => {
    const port = await startServer()
    for (const server of servers.splice(0)) {
      server.close()
      await once(server, 'close')
    }
    await expect(connect({ host, port, policy, trust })).rejects.toMatchObject({ code: 'ERR_TLS_CONNECT' })
  })

  test.each<[string, TlsOptions, string]>([
    ['another protocol', { ALPNProtocols: ['h2'] }, 'ERR_TLS_ALPN'],
    ['no ALPN', {}, 'ERR_TLS_ALPN'],
    ['TLS 1.2 only', { maxVersion: 'TLSv1.2', ALPNProtocols: ['tresor1+raw'] }, 'ERR_TLS_VERSION']
  ])('to a server of %s fails', async (_, options, code) => {
    const port = await listenTo(createTlsServer({ ...credentials, ...options }, (socket) => socket.end('plain')))
    await expect(connect({ host, port, policy, trust })).rejects.toMatchObject({ code })
  })

  test('to a server without TLS fails', async () => {
    const port = await listenTo(createTcpServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')))
    await expect(connect({ host, port, policy, trust })).rejects.toMatchObject({ code: 'ERR_TLS_CONNECT' })
  })

  test('takes no longer than its deadline, wherever it hangs', async () => {
    const deaf = await listenTo(createTcpServer((socket) => socket.on('error', () => undefined).pause()))
    const silent = await serve(async () => new Promise(() => undefined))
    for (const port of [deaf, silent]) {
      await expect(connect({ host, port, policy, trust, deadlineMs: 100 })).rejects.toMatchObject({
        code: 'ERR_TLS_TIMEOUT'
      })
    }
  })

  test('ends when the caller has no more patience', async () => {
    const port = await serve(async () => new Promise(() => undefined))
    const patience = new AbortController()
    const attempt = connect({ host, port, policy, trust, signal: patience.signal })
    setTimeout(() => patience.abort(), 50)
    await expect(attempt).rejects.toMatchObject({ code: 'ERR_ABORTED' })
    await expect(connect({ host, port, policy, trust, signal: patience.signal })).rejects.toMatchObject({
      code: 'ERR_ABORTED'
    })
  })

  test('needs a place to go to', async () => {
    await expect(connect({ host, policy, trust })).rejects.toMatchObject({ code: 'ERR_USAGE_OPTION' })
    await expect(connect({ port: 1, path: '/x', policy, trust })).rejects.toMatchObject({ code: 'ERR_USAGE_OPTION' })
    const unknown = { port: 1, policy, trust, ALPNProtocols: ['h2'] } as Parameters<typeof connect>[0] // an option of tls.connect
    await expect(connect(unknown)).rejects.toMatchObject({ code: 'ERR_USAGE_OPTION' })
  })

  test('leaves the certificate of the server readable for others', async () => {
    const port = await startServer(credentials)
    const socket = await connect({ host, port, policy, trust })
    expect(socket.getPeerX509Certificate()?.subject).toContain('tresor')
    expect(socket.getPeerCertificate().subject.CN).toContain('tresor')
    socket.destroy()
  })
})

async function startServer(options: TlsOptions = {}, source = provider): Promise<number> {
  return listenTo(
    createServer({ attestation: { provider: source }, ...options }, (socket) => socket.end('application'))
  )
}

/** A server whose end of the exchange is in the hands of a test. */
async function serve(act: (peer: ByHand) => Promise<unknown>): Promise<number> {
  const server = createTlsServer({ ...credentials, ALPNProtocols: ['tresor1+raw'] }, (socket) => {
    act(new ByHand(socket)).catch(() => undefined) // what the client makes of it is what counts
  })
  return listenTo(server)
}

async function listenTo(server: Server): Promise<number> {
  servers.push(server)
  server.on('tlsClientError', () => undefined)
  return listen(server)
}

async function helloOf(peer: ByHand): Promise<Hello> {
  const message = await peer.read()
  if (message.type === 'hello') return message
  throw new Error('expected hello')
}

function proverOf(source: EvidenceProvider) {
  return createProver(new Batcher(source), ['perConnection', 'boundKey'])
}

function requestFor({ socket, channel }: ByHand, { nonce }: Hello, leaf?: string) {
  const own = readSession(socket, () => ownKey(socket)).leafOf('server', nonce)
  const other = new Uint8Array(64).fill(leaf?.length ?? 0)
  return {
    role: 'server',
    tier: 'perConnection',
    leaf: leaf === undefined ? own : other,
    nonce,
    knowsKey: false,
    wait: channel
  } as const
}

async function proveRightly(
  peer: ByHand,
  change: { readonly tier?: 'boundKey'; readonly knowsKey?: boolean } = {}
): Promise<{ readonly hello: Hello; readonly proven: Proven }> {
  const hello = await helloOf(peer)
  return { hello, proven: await proverOf(provider).prove({ ...requestFor(peer, hello), ...change }) }
}

function ownKey(socket: TLSSocket): Uint8Array {
  const certificate = socket.getX509Certificate()
  if (certificate === undefined) throw new Error('no certificate')
  return new CertificateKeys().find(certificate).keyHash
}

function changeInclusion(message: EvidenceMessage, change: object): EvidenceMessage {
  const { proof } = message
  if (proof.kind !== 'connection') throw new Error('expected a proof for a connection')
  return { ...message, proof: { ...proof, inclusion: { ...proof.inclusion, ...change } } }
}

/** Changes the last byte of the report itself, which is in its signature. */
function damage(message: EvidenceMessage): EvidenceMessage {
  const cmw = message.cmw?.slice() ?? new Uint8Array(0)
  const start = Buffer.from(cmw).indexOf('evidence') + 64
  cmw[start + 700] = (cmw[start + 700] ?? 0) ^ 1
  return { ...message, cmw }
}

async function rawWrite({ socket }: ByHand, bytes: Uint8Array): Promise<void> {
  await new Promise((resolve) => socket.write(bytes, resolve))
}
