// A small part of the campaign in test/long/seal-crash.test.ts.
import { describe, expect, it } from 'vitest'
import { runPowerLoss } from './power-loss.js'

describe('a store that loses power', () => {
  it('keeps what it promised, and has nothing by halves', async () => {
    const { problems, points } = await runPowerLoss({ seed: 1, steps: 40, states: 120 })
    expect(problems).toEqual([])
    expect(points).toBeGreaterThan(60)
  })

  it('is found out on a disk that does not keep what it is told to keep', async () => {
    const { problems } = await runPowerLoss({ seed: 1, steps: 40, states: 60, ignoresSync: true })
    expect(problems.length).toBeGreaterThan(10)
  })
})
