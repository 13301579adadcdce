import { describe, expect, it } from 'vitest'
import { EvidenceError } from '../../packages/sdk/src/core/index.js'
import { seeded } from '../support/seeded.js'
import { type CampaignResult, runCampaign } from './campaign.js'
import { makeCorpus } from './corpus.js'
import { maxInputBytes, mutate } from './mutate.js'
import { parserTargets } from './parsers.js'
import { sealedTargets } from './sealed.js'
import { storeTargets } from './store-records.js'
import { require, type Target } from './target.js'
import { Watch } from './watch.js'
import { wholeTargets } from './whole.js'

const good = new TextEncoder().encode('a good input, with some length to it')

function campaign(run: Target['run'], inputs = 2000, seed = 1): Promise<CampaignResult> {
  return fuzz({ name: 'planted', seeds: [good], limitMs: 50, run }, inputs, seed)
}

function fuzz(target: Target, inputs: number, seed = 1): Promise<CampaignResult> {
  let left = inputs
  return runCampaign(target, { seed, isOver: () => left-- <= 0, note: () => undefined })
}

const refuse = (): never => {
  throw new EvidenceError('ERR_EVIDENCE_FORMAT', 'refused')
}

describe('the fuzzer', () => {
  it('finds an error that is not ours', async () => {
    const { failures } = await campaign((input) => (input.length % 7 === 3 ? new Uint8Array(-1) : refuse()))
    expect(failures[0]?.reason).toMatch(/^threw RangeError/)
    expect(failures[0]?.input.length).toBeGreaterThan(0)
  })

  it('finds a broken promise', async () => {
    const { failures } = await campaign((input) => require(input.length < 60, 'short inputs only'))
    expect(failures[0]).toMatchObject({ reason: 'short inputs only' })
  })

  it('finds a parser that writes to its input', async () => {
    const { failures } = await campaign((input) => input.fill(0))
    expect(failures[0]?.reason).toBe('the input was changed')
  })

  it('finds a message that repeats what a stranger wrote', async () => {
    const { failures } = await campaign((input) => {
      throw new EvidenceError('ERR_EVIDENCE_FORMAT', String(input))
    })
    expect(failures[0]?.reason).toMatch(/^a message of \d+ characters$/)
  })

  it('finds an input that takes long', async () => {
    const { failures } = await campaign((input) => {
      const until = performance.now() + (input.length > 100 ? 60 : 0)
      while (performance.now() < until);
    })
    expect(failures[0]?.reason).toMatch(/^takes \d+ ms, more than 50$/)
  })

  it('reports nothing for a parser that keeps its promises', async () => {
    const result = await campaign(refuse, 500)
    expect(result).toMatchObject({ executions: 501, accepted: 0, outcomes: 1, failures: [] })
  })

  it('gives the same inputs for the same seed, and others for another', async () => {
    const inputsOf = async (seed: number): Promise<string> => {
      const seen: string[] = []
      await campaign((input) => void seen.push(String(input)), 50, seed)
      return seen.join(';')
    }
    expect(await inputsOf(7)).toBe(await inputsOf(7))
    expect(await inputsOf(7)).not.toBe(await inputsOf(8))
  })

  it('never makes an input beyond the limit', () => {
    const random = seeded(3)
    let input = new Uint8Array(60_000)
    for (let i = 0; i < 500; i++) {
      input = mutate(input, good, random) as Uint8Array<ArrayBuffer>
      expect(input.length).toBeLessThanOrEqual(maxInputBytes)
    }
  })

  it('shows the last input to whoever watches', () => {
    const worker = new Watch()
    const main = new Watch(worker.memory)
    worker.note(good)
    worker.note(good.subarray(0, 5))
    expect([main.count, String(main.input)]).toEqual([2, String(good.subarray(0, 5))])
  })
})

describe('a short campaign', () => {
  it('finds nothing in any parser, nor in verification as a whole', async () => {
    const corpus = await makeCorpus()
    const targets = [
      ...parserTargets(corpus),
      ...(await wholeTargets(corpus)),
      ...(await sealedTargets()),
      ...(await storeTargets())
    ]
    for (const target of targets) {
      const { failures, accepted } = await fuzz(target, 60)
      expect([target.name, failures.map(({ reason }) => reason)]).toEqual([target.name, []])
      expect(accepted, `${target.name} accepts its seeds`).toBeGreaterThan(0)
    }
  })
})
