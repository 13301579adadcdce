// Both ends of the exchange against frames that were changed at random. The seed is fixed: a failure can be had again.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { EvidenceProvider } from '../../../packages/sdk/src/attest/index.js'
import type { ClientOptions } from '../../../packages/sdk/src/tls/index.js'
import { encodeFrame, type Message } from '../../../packages/sdk/src/tls/messages.js'
import { readSession } from '../../../packages/sdk/src/tls/session.js'
import type { Policy } from '../../../packages/sdk/src/verify/index.js'
import { seeded } from '../../support/seeded.js'
import { type ByHand, connectByHand, hello, policyOf, testProvider, trust } from '../support.js'
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
  startVictim
} from './stage.js'

const cases = 150

let provider: EvidenceProvider
let policy: Policy
let options: ClientOptions

beforeAll(async () => {
  provider = testProvider()
  policy = await policyOf(provider)
  options = { policy, trust, deadlineMs: 400 }
})
afterAll(endAll)

describe('frames that were changed at random', () => {
  test('never make a client accept', async () => {
    const random = seeded(4)
    const impostor = await startImpostor(async (peer) => {
      const { nonce } = await readHello(peer)
      const proven = await proveLeaf(provider, sessionOf(peer).leafOf('server', nonce))
      await write(peer, damage(encodeFrame({ type: 'evidence', nonce: impostorNonce, ...proven }), random))
      peer.socket.end()
    })
    for (let round = 0; round < cases; round++) {
      expect(await codeOfConnecting(impostor.port, options), `round ${round}`).toMatch(/^ERR_/)
    }
    for (const words of impostor.lastWords) expect((await words).every((word) => word.startsWith('alert'))).toBe(true)
  })

  test.each(['hello', 'final'])('never make a server release anything to a client, in %s', async (which) => {
    const random = seeded(which.length)
    const victim = await startVictim({ provider, clients: policy, deadlineMs: 400 })
    for (let round = 0; round < cases; round++) {
      const client = await connectByHand(victim.port)
      keep(client.socket)
      const first: Message = { ...hello, offers: ['perConnection'] }
      if (which === 'hello') await write(client, damage(encodeFrame(first), random))
      else await answerDamaged(client, first, random)
      client.socket.end()
      expect(
        (await lastWordsOf(client)).every((word) => /^alert|evidence/.test(word)),
        `round ${round}`
      ).toBe(true)
    }
    expect(victim.released).toEqual([])
    for (const error of victim.refusals) expect(error).toMatchObject({ code: expect.stringMatching(/^ERR_/) })
    expect(victim.refusals.length).toBeGreaterThan(cases * 0.9)
  })
})

async function answerDamaged(client: ByHand, first: Message, random: () => number): Promise<void> {
  await client.send(first)
  const { nonce } = await readEvidence(client)
  const leaf = readSession(client.socket, () => new Uint8Array(0)).leafOf('client', nonce)
  await write(client, damage(encodeFrame({ type: 'final', echo: nonce, ...(await proveLeaf(provider, leaf)) }), random))
}

/** In evidence the server's nonce is its own free choice: with another, everything is still right. */
const nonceOfServer = { from: 11, to: 43 }

/** Another frame, always. Changes begin where every byte counts, and not in endorsements, which may go unread. */
function damage(frame: Uint8Array, random: () => number): Uint8Array {
  const below = (limit: number): number => Math.floor(random() * limit)
  const place = below(Math.min(frame.length, 600))
  const at = place >= nonceOfServer.from && place < nonceOfServer.to ? nonceOfServer.to : place
  switch (below(5)) {
    case 0:
      return frame.with(at, (frame[at] ?? 0) ^ (1 << below(8)))
    case 1:
      return frame.subarray(0, at)
    case 2:
      return Uint8Array.of(...frame.subarray(0, at), ...frame.subarray(at + 1))
    case 3:
      return Uint8Array.of(...frame.subarray(0, at), below(256), ...frame.subarray(at))
    default:
      return Uint8Array.from({ length: 1 + below(200) }, () => below(256))
  }
}

function write({ socket }: ByHand, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve) => socket.write(bytes, () => resolve()))
}
