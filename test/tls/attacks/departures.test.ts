// Peers that close, drip or speak out of turn in each state of the exchange.
import { connect as tcpConnect } from 'node:net'
import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { EvidenceProvider } from '../../../packages/sdk/src/attest/index.js'
import type { ClientOptions } from '../../../packages/sdk/src/tls/index.js'
import { encodeFrame, type Message } from '../../../packages/sdk/src/tls/messages.js'
import { readSession } from '../../../packages/sdk/src/tls/session.js'
import type { Policy } from '../../../packages/sdk/src/verify/index.js'
import { type ByHand, connectByHand, hello, host, policyOf, testProvider, trust } from '../support.js'
import {
  codeOfConnecting,
  endAll,
  impostorNonce,
  keep,
  lastWordsOf,
  proveLeaf,
  readEvidence,
  readHello,
  sessionOf,
  startImpostor,
  startVictim,
  until
} from './stage.js'

let provider: EvidenceProvider
let policy: Policy
let options: ClientOptions

beforeAll(async () => {
  provider = testProvider()
  policy = await policyOf(provider)
  options = { policy, trust }
})
afterEach(endAll)

const part = (message: Message): Uint8Array => encodeFrame(message).subarray(0, 20)
const mutualHello = { ...hello, offers: ['perConnection'] } as const

describe.each(['end', 'destroy'] as const)('a client that leaves by %s', (leave) => {
  const states: readonly [string, (client: ByHand) => Promise<unknown>][] = [
    ['before hello', () => new Promise((resolve) => setTimeout(resolve, 50))],
    ['in a header', (client) => write(client, Buffer.from([0, 0]))],
    ['in hello', (client) => write(client, part(hello))],
    ['right behind hello', (client) => client.send(mutualHello)],
    ['after evidence', (client) => client.send(mutualHello).then(() => readEvidence(client))],
    [
      'in final',
      async (client) => {
        await client.send(mutualHello)
        const { nonce } = await readEvidence(client)
        await write(client, part({ type: 'final', echo: nonce }))
      }
    ]
  ]
  test.each(states)('%s is given nothing', async (_, act) => {
    const victim = await startVictim({ provider, clients: policy })
    const client = await connectByHand(victim.port)
    keep(client.socket)
    await act(client)
    client.socket[leave]()
    await until(() => victim.refusals.length > 0)
    expect(victim.refusals).toMatchObject([{ code: expect.stringMatching(/^ERR_(TLS_CLOSED|ABORTED)$/) }])
    expect(victim.released).toEqual([])
  })
})

test('a client that leaves in the TLS handshake is forgotten', async () => {
  const victim = await startVictim({ provider })
  for (const bytes of [Buffer.alloc(0), Buffer.from([22, 3, 1, 0, 200, 1, 0, 0, 196, 3, 3])]) {
    const socket = tcpConnect({ port: victim.port, host })
    await new Promise((resolve) => socket.write(bytes, resolve))
    socket.destroy()
  }
  const client = await connectByHand(victim.port)
  keep(client.socket)
  await client.send(hello)
  await readEvidence(client) // others are served as ever
  expect(victim.released).toEqual([])
})

describe.each(['end', 'destroy'] as const)('a server that leaves by %s', (leave) => {
  const states: readonly [string, (peer: ByHand) => Promise<unknown>][] = [
    ['before hello', async () => undefined],
    ['after hello', (peer) => readHello(peer)],
    ['in a header', (peer) => readHello(peer).then(() => write(peer, Buffer.from([0, 0])))],
    ['in evidence', async (peer) => write(peer, encodeFrame(await rightEvidence(peer)).subarray(0, 3000))],
    [
      'before ready',
      async (peer) => {
        await peer.send(await rightEvidence(peer, { requires: { tier: 'perConnection', knowsKey: false } }))
        await peer.read()
      }
    ]
  ]
  test.each(states)('%s hears nothing of the application', async (_, act) => {
    const impostor = await startImpostor(async (peer) => {
      await act(peer)
      peer.socket[leave]()
    })
    expect(await codeOfConnecting(impostor.port, { ...options, provider })).toBe('ERR_TLS_CLOSED')
    for (const words of impostor.lastWords) expect((await words).filter(isNoPartOfExchange)).toEqual([])
  })
})

describe('a peer that is slow', () => {
  test('gains no time by a byte now and then, as a server', async () => {
    const impostor = await startImpostor(async (peer) => {
      const frame = encodeFrame(await rightEvidence(peer))
      for (let sent = 0; peer.socket.writable; sent++) {
        await write(peer, frame.subarray(sent, sent + 1))
        await new Promise((resolve) => setTimeout(resolve, 10))
      }
    })
    const patience = { ...options, deadlineMs: 300 }
    expect(await codeOfConnecting(impostor.port, patience)).toBe('ERR_TLS_TIMEOUT')
    expect(await impostor.lastWords[0]).toEqual([])
  })
})

describe('a client that speaks out of turn', () => {
  const early = Buffer.from('early words of an application')
  const acts: readonly [string, (client: ByHand) => Promise<unknown>][] = [
    ['in place of hello', (client) => write(client, early)],
    ['right behind hello', (client) => write(client, Buffer.concat([encodeFrame(mutualHello), early]))],
    [
      'in place of final',
      async (client) => {
        await client.send(mutualHello)
        await readEvidence(client)
        await write(client, early)
      }
    ],
    [
      'right behind a final that is still to be judged',
      async (client) => {
        await client.send(mutualHello)
        const { nonce } = await readEvidence(client)
        const proven = await proveLeaf(provider, leafOfClient(client, nonce))
        await write(client, Buffer.concat([encodeFrame({ type: 'final', echo: nonce, ...proven }), early]))
      }
    ]
  ]
  test.each(acts)('%s is refused', async (_, act) => {
    const victim = await startVictim({ provider, clients: policy })
    const client = await connectByHand(victim.port)
    keep(client.socket)
    await act(client)
    expect((await lastWordsOf(client)).at(-1)).toBe('alert protocol')
    expect(victim.refusals).toMatchObject([{ code: 'ERR_TLS_PROTOCOL' }])
    expect(victim.released).toEqual([])
  })

  test('but proves itself in its turn is accepted', async () => {
    const victim = await startVictim({ provider, clients: policy })
    const client = await connectByHand(victim.port)
    keep(client.socket)
    await client.send(mutualHello)
    const { nonce } = await readEvidence(client)
    await client.send({ type: 'final', echo: nonce, ...(await proveLeaf(provider, leafOfClient(client, nonce))) })
    expect((await client.read()).type).toBe('ready')
    expect(victim.released).toHaveLength(1)
  })
})

describe('a server that speaks out of turn', () => {
  const acts: readonly [string, (peer: ByHand) => Promise<unknown>][] = [
    ['before hello', (peer) => write(peer, Buffer.from('220 welcome\r\n'))],
    ['with ready right behind evidence', (peer) => sendTogether(peer, [{ type: 'ready' }])],
    [
      'with evidence twice',
      async (peer) => {
        const evidence = await rightEvidence(peer)
        await write(peer, Buffer.concat([encodeFrame(evidence), encodeFrame(evidence)]))
      }
    ],
    ['with an alert right behind evidence', (peer) => sendTogether(peer, [{ type: 'alert', reason: 'refused' }])]
  ]
  test.each(acts)('%s hears nothing of the application', async (_, act) => {
    const impostor = await startImpostor(act)
    expect(await codeOfConnecting(impostor.port, options)).toBe('ERR_TLS_PROTOCOL')
    expect((await impostor.lastWords[0])?.filter(isNoPartOfExchange)).toEqual([])
  })
})

function isNoPartOfExchange(word: string): boolean {
  return !['hello', 'alert protocol', 'alert refused'].includes(word)
}

async function rightEvidence(peer: ByHand, more: object = {}): Promise<Message> {
  const { nonce } = await readHello(peer)
  const proven = await proveLeaf(provider, sessionOf(peer).leafOf('server', nonce))
  return { type: 'evidence', nonce: impostorNonce, ...proven, ...more }
}

async function sendTogether(peer: ByHand, more: readonly Message[]): Promise<void> {
  await write(peer, Buffer.concat([await rightEvidence(peer), ...more].map(encodeFrame)))
}

function leafOfClient(client: ByHand, nonce: Uint8Array): Uint8Array {
  return readSession(client.socket, () => new Uint8Array(0)).leafOf('client', nonce)
}

function write({ socket }: ByHand, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve) => socket.write(bytes, () => resolve()))
}
