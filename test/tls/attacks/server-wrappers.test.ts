// Every server against every kind of wrong client: each refuses with a code, and its application learns nothing of it.
import { once } from 'node:events'
import { connect as tcpConnect } from 'node:net'
import { createServer as createPlainTls, type Server, type TLSSocket, connect as tlsConnect } from 'node:tls'
import { Server as GrpcServer } from '@grpc/grpc-js'
import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { EvidenceProvider } from '../../../packages/sdk/src/attest/index.js'
import { CertificateKeys } from '../../../packages/sdk/src/tls/certificate-keys.js'
import { createServer as createGrpcServer } from '../../../packages/sdk/src/tls/grpc/index.js'
import { createSecureServer } from '../../../packages/sdk/src/tls/http2/index.js'
import { createServer as createHttpsServer } from '../../../packages/sdk/src/tls/https/index.js'
import { createClient, type ServerAttestation } from '../../../packages/sdk/src/tls/index.js'
import type { Message } from '../../../packages/sdk/src/tls/messages.js'
import { createServer as createRawServer } from '../../../packages/sdk/src/tls/raw/index.js'
import { type InnerProtocol, readSession } from '../../../packages/sdk/src/tls/session.js'
import { createServer as createWsServer } from '../../../packages/sdk/src/tls/ws/index.js'
import type { Policy } from '../../../packages/sdk/src/verify/index.js'
import { ByHand, connectByHand, hello, host, policyOf, testProvider, trust } from '../support.js'
import { ended } from './any-protocol.js'
import {
  endAll,
  expectType,
  impostorNonce,
  keep,
  lastWordsOf,
  listenTo,
  proveLeaf,
  readEvidence,
  stolen,
  until
} from './stage.js'

let provider: EvidenceProvider
let policy: Policy

beforeAll(async () => {
  provider = testProvider()
  policy = await policyOf(provider)
})
afterEach(endAll)

/** `seen`: to be told of whatever reaches the application. */
type Make = (attestation: ServerAttestation, seen: (what: string) => void) => Server

const wrappers: readonly [string, InnerProtocol, Make][] = [
  ['a raw server', 'raw', (attestation, seen) => createRawServer({ ...stolen, attestation }, () => seen('connection'))],
  [
    'a server of https',
    'http/1.1',
    (attestation, seen) => createHttpsServer({ ...stolen, attestation }, () => seen('request'))
  ],
  [
    'a server of HTTP/2',
    'h2',
    (attestation, seen) =>
      createSecureServer({ ...stolen, attestation }, () => seen('request')).on('session', () => seen('session'))
  ],
  [
    'a server of HTTP/2 that also serves HTTP/1.1',
    'http/1.1',
    (attestation, seen) => createSecureServer({ ...stolen, attestation, allowHTTP1: true }, () => seen('request'))
  ],
  [
    'a server of WebSockets',
    'http/1.1',
    (attestation, seen) => createWsServer({ ...stolen, attestation }, () => seen('socket'))
  ],
  [
    'a server of gRPC',
    'h2',
    (attestation, seen) => {
      const grpc = new GrpcServer()
      grpc.createConnectionInjector = () => ({ injectConnection: () => seen('connection'), drain: none, destroy: none })
      return createGrpcServer({ ...stolen, attestation, grpc })
    }
  ]
]

function none(): void {
  // Nothing to end.
}

const wants: Message = { ...hello, offers: ['perConnection'] }
const words = Buffer.from('GET / HTTP/1.1\r\nhost: x\r\n\r\n')

interface Attack {
  /** Refusals that the server reports; none where TLS itself ends the connection. */
  readonly codes: readonly string[]
  /** Of the server, where the attack is to outlast it. */
  readonly deadlineMs?: number
  act(port: number, inner: InnerProtocol): Promise<unknown>
}

/** A client by hand up to the evidence of the server. */
async function begin(
  port: number,
  inner: InnerProtocol
): Promise<{ readonly client: ByHand; readonly nonce: Uint8Array }> {
  const client = await connectByHand(port, `tresor1+${inner}`)
  keep(client.socket)
  await client.send(wants)
  return { client, nonce: (await readEvidence(client)).nonce }
}

function leafOf(client: ByHand, nonce: Uint8Array): Uint8Array {
  return readSession(client.socket, () => new Uint8Array(0)).leafOf('client', nonce)
}

/** Says final with evidence for `leaf`, and at once what it wants of the application. */
async function finish(client: ByHand, nonce: Uint8Array, leaf: Uint8Array, own = provider): Promise<void> {
  await client.send({ type: 'final', echo: nonce, ...(await proveLeaf(own, leaf)) })
  client.socket.write(words)
  await hearAlert(client)
}

/** Nothing but why, and then the end. */
async function hearAlert(client: ByHand): Promise<void> {
  const heard = await lastWordsOf(client)
  expect(heard.filter((word) => !word.startsWith('alert'))).toEqual([])
}

const attacks: readonly [string, Attack][] = [
  [
    'speaks ordinary TLS under a name of its own',
    {
      codes: [],
      act: async (port, inner) => {
        const socket = keep(tlsConnect({ port, host, rejectUnauthorized: false, ALPNProtocols: [inner] }))
        socket.write(words)
        await expect(once(socket, 'secureConnect')).rejects.toThrow()
      }
    }
  ],
  [
    'speaks ordinary TLS and no ALPN',
    {
      codes: ['ERR_TLS_ALPN'],
      act: async (port) => {
        const socket = keep(tlsConnect({ port, host, rejectUnauthorized: false }))
        socket.write(words)
        await ended(socket)
      }
    }
  ],
  [
    'speaks TLS 1.2',
    {
      codes: [],
      act: async (port, inner) => {
        const old = { maxVersion: 'TLSv1.2', ALPNProtocols: [`tresor1+${inner}`] } as const
        const socket = keep(tlsConnect({ port, host, rejectUnauthorized: false, ...old }))
        await expect(once(socket, 'secureConnect')).rejects.toThrow()
      }
    }
  ],
  [
    'runs another image',
    {
      codes: ['ERR_POLICY_MEASUREMENT'],
      act: async (port, inner) => {
        const { client, nonce } = await begin(port, inner)
        await finish(client, nonce, leafOf(client, nonce), testProvider({ measurement: new Uint8Array(48).fill(7) }))
      }
    }
  ],
  [
    'relays the evidence of a genuine one',
    {
      codes: ['ERR_POLICY_REPORT_DATA'],
      act: async (port, inner) => {
        const { client, nonce } = await begin(port, inner)
        const victim = await genuineClient(inner, nonce)
        await client.send(victim)
        client.socket.write(words)
        await hearAlert(client)
      }
    }
  ],
  [
    'replays evidence of another session',
    {
      codes: ['ERR_POLICY_REPORT_DATA'],
      act: async (port, inner) => {
        const { client, nonce } = await begin(port, inner)
        await finish(client, nonce, leafOf(client, impostorNonce))
      }
    }
  ],
  [
    'offers no evidence',
    {
      codes: ['ERR_POLICY_UNATTESTED'],
      act: async (port, inner) => {
        const client = await connectByHand(port, `tresor1+${inner}`)
        keep(client.socket)
        await client.send(hello)
        client.socket.write(words)
        await hearAlert(client)
      }
    }
  ],
  [
    'says nothing',
    {
      codes: ['ERR_TLS_TIMEOUT'],
      deadlineMs: 150,
      act: async (port, inner) => {
        const client = await connectByHand(port, `tresor1+${inner}`)
        keep(client.socket)
        await hearAlert(client)
      }
    }
  ],
  [
    'says a byte now and then',
    {
      codes: ['ERR_TLS_TIMEOUT'],
      deadlineMs: 150,
      act: async (port, inner) => {
        const client = await connectByHand(port, `tresor1+${inner}`)
        keep(client.socket)
        const drip = setInterval(() => client.socket.write(Buffer.of(0)), 40)
        client.socket.write(Buffer.from([0, 0, 1]))
        await hearAlert(client)
        clearInterval(drip)
      }
    }
  ],
  [
    'takes its time for the TLS handshake',
    {
      codes: [],
      deadlineMs: 150,
      act: async (port) => {
        const socket = tcpConnect({ port, host })
        const begun = Buffer.from([22, 3, 1, 0, 200, 1, 0, 0, 196, 3, 3])
        const drip = setInterval(() => socket.write(begun.subarray(0, 1)), 40)
        socket.on('error', () => undefined).write(begun)
        await once(socket.resume(), 'close')
        clearInterval(drip)
      }
    }
  ]
]

/** The answer of a genuine client to an attacker who asks it for evidence with the nonce of somebody else. */
async function genuineClient(inner: InnerProtocol, nonce: Uint8Array): Promise<Message> {
  let say: (message: Message) => void = () => undefined
  const said = new Promise<Message>((resolve) => {
    say = resolve
  })
  const server = createPlainTls({ ...stolen, ALPNProtocols: [`tresor1+${inner}`] }, async (socket: TLSSocket) => {
    const peer = new ByHand(keep(socket))
    const { nonce: asked } = expectType(await peer.read(), 'hello')
    const proven = await proveLeaf(provider, readSession(socket, () => ownKey(socket)).leafOf('server', asked))
    await peer.send({ type: 'evidence', nonce, ...proven, requires: { tier: 'perConnection', knowsKey: false } })
    say(await peer.read())
  })
  const client = createClient({ policy, trust, provider, deadlineMs: 1000 })
  const connecting = client.connect({ host, port: await listenTo(server), protocols: [inner] })
  connecting.catch(() => undefined)
  return said
}

function ownKey(socket: TLSSocket): Uint8Array {
  const certificate = socket.getX509Certificate()
  if (certificate === undefined) throw new Error('no certificate')
  return new CertificateKeys().find(certificate).keyHash
}

describe.each(wrappers)('%s', (_, inner, make) => {
  async function start(
    deadlineMs = 10_000
  ): Promise<{ readonly port: number; readonly seen: string[]; readonly refusals: unknown[] }> {
    const seen: string[] = []
    const refusals: unknown[] = []
    const server = make({ provider, clients: policy, deadlineMs }, (what) => seen.push(what))
    server.on('secureConnection', () => seen.push('secureConnection'))
    server.on('attestationError', (error) => refusals.push(error))
    return { port: await listenTo(server), seen, refusals }
  }

  test.each(attacks)('gives nothing to a client that %s', async (_, { act, codes, deadlineMs }) => {
    const { port, seen, refusals } = await start(deadlineMs)
    await act(port, inner)
    await until(() => refusals.length >= codes.length)
    expect(refusals).toEqual(codes.map((code) => expect.objectContaining({ code })))
    expect(seen).toEqual([])
  })

  test('would have served a right one', async () => {
    const { port, seen } = await start()
    const client = createClient({ policy, trust, provider })
    keep(await client.connect({ host, port, protocols: [inner] })).write(words)
    await until(() => seen.length > 0)
    expect(seen).toContain('secureConnection')
  })
})
