// Genuine evidence in the wrong place: every byte of it is right, but it belongs to another connection.
import { createServer as createTcpServer, type Socket, connect as tcpConnect } from 'node:net'
import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type EvidenceProvider, tdxSimulator } from '../../../packages/sdk/src/attest/index.js'
import { createCredentials } from '../../../packages/sdk/src/tls/certificate.js'
import { type ClientOptions, createClient } from '../../../packages/sdk/src/tls/index.js'
import type { EvidenceMessage } from '../../../packages/sdk/src/tls/messages.js'
import { exportedBytes, exporterLabel, transcriptLeaf } from '../../../packages/sdk/src/tls/transcript.js'
import { authenticate, type Policy, parsePolicy } from '../../../packages/sdk/src/verify/index.js'
import { type ByHand, connectByHand, host, policyOf, testProvider, trust } from '../support.js'
import {
  codeOfConnecting,
  endAll,
  expectRefusal,
  expectType,
  impostorNonce,
  keep,
  keyOf,
  listenTo,
  proveLeaf,
  readEvidence,
  readHello,
  sessionOf,
  startImpostor,
  startVictim,
  until,
  type Victim
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

describe('in the middle of the connection, an attacker', () => {
  test('without the TLS key passes the evidence of the genuine server on in vain', async () => {
    const victim = await startVictim({ provider })
    const impostor = await startImpostor((peer) => relay(peer, victim), createCredentials(new Date()))
    await expectRefusal(impostor, options, 'ERR_POLICY_REPORT_DATA')
    expect(victim.released).toEqual([])
  })

  test('who has stolen the TLS key passes the evidence of its owner on in vain', async () => {
    const victim = await startVictim({ provider })
    const impostor = await startImpostor((peer) => relay(peer, victim))
    await expectRefusal(impostor, options, 'ERR_POLICY_REPORT_DATA')
    expect(victim.released).toEqual([])
  })

  test('who has stolen the TLS key passes evidence for a new bound key on in vain', async () => {
    const victim = await startVictim({ provider })
    const impostor = await startImpostor((peer) => relay(peer, victim))
    await expectRefusal(impostor, { ...options, tiers: ['boundKey'] }, 'ERR_TLS_BINDING')
    expect(victim.released).toEqual([])
  })

  test('who has stolen the TLS key passes the signature of a known bound key on in vain', async () => {
    const victim = await startVictim({ provider })
    const impostor = await startImpostor((peer) => relay(peer, victim))
    let next = victim.port
    const port = await forward(() => next)
    const client = createClient({ ...options, tiers: ['boundKey'] })
    keep(await client.connect({ host, port, protocols: ['raw'] }))
    next = impostor.port
    await expect(client.connect({ host, port, protocols: ['raw'] })).rejects.toMatchObject({ code: 'ERR_TLS_BINDING' })
    expect(await impostor.lastWords[0]).toEqual(['alert refused'])
    expect(victim.released).toHaveLength(1) // the honest one
  })

  test('who is accepted as a server passes the evidence of its client on in vain', async () => {
    const victim = await startVictim({ provider, clients: policy })
    const impostor = await startImpostor(async (peer) => {
      const hello = await readHello(peer)
      const inside = await connectByHand(victim.port)
      keep(inside.socket)
      await inside.send(hello)
      const { nonce } = await readEvidence(inside)
      const proven = await proveLeaf(provider, sessionOf(peer).leafOf('server', hello.nonce))
      await peer.send({
        type: 'evidence',
        nonce,
        ...proven,
        requires: { tier: 'perConnection', knowsKey: false }
      })
      await inside.send(expectType(await peer.read(), 'final'))
      await peer.send(await inside.read())
    })
    await expectRefusal(impostor, { ...options, provider: testProvider() }, 'ERR_POLICY_PEER')
    await until(() => victim.refusals.length > 0)
    expect(victim.refusals).toMatchObject([{ code: 'ERR_POLICY_REPORT_DATA' }])
    expect(victim.released).toEqual([])
  })
})

describe('another genuine machine, with a chip and a vendor of its own and the same image,', () => {
  const [own, other] = [tdxSimulator(), tdxSimulator()]

  test('cannot answer for the one that the client has reached', async () => {
    const victim = await startVictim({ provider: other })
    const impostor = await startImpostor((peer) => relay(peer, victim))
    await expectRefusal(impostor, { policy: await policyOf(own), trust }, 'ERR_POLICY_REPORT_DATA')
    expect(victim.released).toEqual([])
  })

  test('is as good as the first where the policy names no platform, and refused where it does', async () => {
    const victim = await startVictim({ provider: other })
    const { anyOf, ...rest } = await policyOf(own)
    const evidence = await own.collect({ reportData: new Uint8Array(64) })
    const { claims } = await authenticate(evidence, { allowSimulator: true })
    const { platformInstanceId } = claims.platform as { readonly platformInstanceId: string } // of a platform that has one
    const pinned = (more: object): Policy =>
      parsePolicy({ ...rest, anyOf: anyOf.map((rule) => ({ ...rule, ...more })) })
    expect(await codeOfConnecting(victim.port, { policy: pinned({}), trust })).toBe('accepted')
    const ours = pinned({ platformInstanceId: [platformInstanceId] })
    expect(await codeOfConnecting(victim.port, { policy: ours, trust })).toBe('ERR_POLICY_PLATFORM_ID')
    const first = await startVictim({ provider: own })
    expect(await codeOfConnecting(first.port, { policy: ours, trust })).toBe('accepted')
  })
})

describe('evidence is refused that', () => {
  test('was made for another session of the same client and server', async () => {
    let recorded: EvidenceMessage | undefined
    const impostor = await startImpostor(async (peer) => {
      const { nonce } = await readHello(peer)
      recorded ??= {
        type: 'evidence',
        nonce: impostorNonce,
        ...(await proveLeaf(provider, sessionOf(peer).leafOf('server', nonce)))
      }
      await peer.send(recorded)
      if (impostor.lastWords.length === 1) await peer.read()
    })
    const client = createClient(options)
    keep(await client.connect({ host, port: impostor.port, protocols: ['raw'] }))
    await expect(client.connect({ host, port: impostor.port, protocols: ['raw'] })).rejects.toMatchObject({
      code: 'ERR_POLICY_REPORT_DATA'
    })
    expect(await impostor.lastWords[1]).toEqual(['alert refused'])
  })

  test('another genuine machine of the same image made for a session of its own', async () => {
    const other = testProvider({ familyId: new Uint8Array(16).fill(5) })
    const victim = await startVictim({ provider: other })
    const impostor = await startImpostor((peer) => relay(peer, victim))
    await expectRefusal(impostor, options, 'ERR_POLICY_REPORT_DATA')
    expect(victim.released).toEqual([])
  })

  test('was made for the role of the client', async () => {
    const impostor = await startImpostor((peer) => answerWithLeaf(peer, (leafOf, nonce) => leafOf('client', nonce)))
    await expectRefusal(impostor, options, 'ERR_POLICY_REPORT_DATA')
  })

  test('differs from what is right in the role alone', async () => {
    const impostor = await startImpostor((peer) =>
      answerWithLeaf(peer, (_, nonce) => {
        const exported = peer.socket.exportKeyingMaterial(exportedBytes, exporterLabel, Buffer.from(nonce))
        const certificateKey = keyOf(peer)
        return transcriptLeaf({ role: 'client', alpn: 'tresor1+raw', certificateKey, exported, peerNonce: nonce })
      })
    )
    await expectRefusal(impostor, options, 'ERR_POLICY_REPORT_DATA')
  })

  test('was made for another nonce', async () => {
    const impostor = await startImpostor((peer) => answerWithLeaf(peer, (leafOf) => leafOf('server', impostorNonce)))
    await expectRefusal(impostor, options, 'ERR_POLICY_REPORT_DATA')
  })

  test('was made on a session of another ALPN', async () => {
    const impostor = await startImpostor(async (peer) => {
      const { nonce } = await readHello(peer)
      const inner = sessionUnder(peer, 'tresor1+h2')
      await peer.send({
        type: 'evidence',
        nonce: impostorNonce,
        ...(await proveLeaf(provider, inner('server', nonce)))
      })
    })
    await expectRefusal(impostor, options, 'ERR_POLICY_REPORT_DATA')
  })
})

/** Hands hello on to the genuine server, and its evidence back. */
async function relay(peer: ByHand, victim: Victim): Promise<void> {
  const inside = await connectByHand(victim.port)
  keep(inside.socket)
  await inside.send(await readHello(peer))
  await peer.send(await readEvidence(inside))
}

type LeafOf = ReturnType<typeof sessionOf>['leafOf']

/** Right but for the leaf. */
async function answerWithLeaf(peer: ByHand, choose: (leafOf: LeafOf, nonce: Uint8Array) => Uint8Array): Promise<void> {
  const { nonce } = await readHello(peer)
  const proven = await proveLeaf(provider, choose(sessionOf(peer).leafOf, nonce))
  await peer.send({ type: 'evidence', nonce: impostorNonce, ...proven })
}

/** The same TLS session, as if it had negotiated another protocol. */
function sessionUnder({ socket, channel }: ByHand, alpn: string): LeafOf {
  const { alpnProtocol } = socket
  socket.alpnProtocol = alpn
  const { leafOf } = sessionOf({ socket, channel } as ByHand) // all that is read of it
  socket.alpnProtocol = alpnProtocol
  return leafOf
}

/** An attacker on the path: decides for each connection where it leads to. */
function forward(next: () => number): Promise<number> {
  const server = createTcpServer((outer) => {
    const inner = tcpConnect({ port: next(), host })
    join(outer, inner)
    join(inner, outer)
  })
  return listenTo(server)
}

function join(from: Socket, to: Socket): void {
  from.pipe(to)
  from.on('error', () => to.destroy())
}
