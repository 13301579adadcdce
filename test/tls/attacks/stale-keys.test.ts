// A server that insists on a bound key: the client decides by its own clocks how long evidence for a key counts, and for whom.
import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { EvidenceProvider } from '../../../packages/sdk/src/attest/index.js'
import { Batcher } from '../../../packages/sdk/src/tls/batch.js'
import { type AttestedClient, type ClientOptions, createClient } from '../../../packages/sdk/src/tls/index.js'
import { createProver, type Prover } from '../../../packages/sdk/src/tls/prover.js'
import { host, policyOf, testProvider, trust } from '../support.js'
import { endAll, type Impostor, impostorNonce, keep, readHello, sessionOf, startImpostor } from './stage.js'

const maxEvidenceAgeMs = 600_000

let provider: EvidenceProvider
let options: ClientOptions

beforeAll(async () => {
  provider = testProvider()
  options = { policy: await policyOf(provider), trust, tiers: ['boundKey'], maxEvidenceAgeMs }
})
afterEach(endAll)

describe('a key that the client knew is refused', () => {
  test.each([
    ['when its evidence has grown old', { steady: maxEvidenceAgeMs + 1, wall: maxEvidenceAgeMs + 1 }],
    ['when the wall clock was set forth', { steady: 0, wall: maxEvidenceAgeMs + 1 }],
    ['when the wall clock was set back', { steady: 0, wall: -1 }],
    ['when only the wall clock was set back to seem young', { steady: maxEvidenceAgeMs + 1, wall: 0 }]
  ])('%s', async (_, passed) => {
    const time = { steady: 1000, wall: Date.now() }
    const client = createClient({ ...options, clock: () => new Date(time.wall), steadyClock: () => time.steady })
    const impostor = await startStubborn()
    await visit(client, impostor)
    await visit(client, impostor) // by the known key
    time.steady += passed.steady
    time.wall += passed.wall
    await expect(visit(client, impostor)).rejects.toMatchObject({ code: 'ERR_TLS_BINDING' })
    expect(await impostor.lastWords[2]).toEqual(['alert refused'])
  })

  test('at another place', async () => {
    const client = createClient(options)
    const prover = proverOf(provider)
    await visit(client, await startStubborn(prover))
    const other = await startStubborn(prover, true)
    await expect(visit(client, other)).rejects.toMatchObject({ code: 'ERR_TLS_BINDING' })
    expect(await other.lastWords[0]).toEqual(['alert refused'])
  })

  test('by a client that has not met it', async () => {
    const impostor = await startStubborn()
    await visit(createClient(options), impostor)
    await expect(visit(createClient(options), impostor)).rejects.toMatchObject({ code: 'ERR_TLS_BINDING' })
    expect(await impostor.lastWords[1]).toEqual(['alert refused'])
  })
})

/** Sends evidence for its key once, and then only signs, whatever the client says that it knows. */
async function startStubborn(prover: Prover = proverOf(provider), isKnown = false): Promise<Impostor> {
  let knowsKey = isKnown
  return startImpostor(async (peer) => {
    const { nonce } = await readHello(peer)
    const leaf = sessionOf(peer).leafOf('server', nonce)
    const proven = await prover.prove({ role: 'server', tier: 'boundKey', leaf, nonce, knowsKey, wait: peer.channel })
    knowsKey = true
    await peer.send({ type: 'evidence', nonce: impostorNonce, ...proven })
  })
}

function proverOf(source: EvidenceProvider): Prover {
  return createProver(new Batcher(source), ['boundKey'])
}

async function visit(client: AttestedClient, { port }: Impostor): Promise<void> {
  keep(await client.connect({ host, port, protocols: ['raw'] }))
}
