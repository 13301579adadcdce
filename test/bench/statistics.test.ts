import { describe, expect, it } from 'vitest'
import { measureRounds } from './rounds.js'
import { controlRow, formatRow, ratioRow } from './row.js'
import { estimate, lowerQuartile, minimum } from './statistics.js'

const spread = (middle: number): readonly number[] => Array.from({ length: 101 }, (_, i) => middle + (i - 50) / 100)

describe('an estimate', () => {
  it('holds the statistic within its interval', () => {
    const { value, low, high } = estimate(spread(10), lowerQuartile)
    expect(value).toBe(9.75)
    expect(low).toBeLessThan(9.75)
    expect(high).toBeGreaterThan(9.75)
    expect(high - low).toBeLessThan(0.4)
  })

  it('is the same for the same samples', () => {
    expect(estimate(spread(3), minimum)).toEqual(estimate(spread(3), minimum))
  })
})

describe('a row', () => {
  const goal = { name: 'thing', target: 0.95, better: 'higher' } as const

  it('is the ratio of speeds', () => {
    const row = ratioRow(goal, [10, 20, 30], [20, 40, 60])
    expect(row).toMatchObject({ name: 'thing', value: 0.5, low: 0.5, high: 0.5, ok: false, node: process.version })
  })

  it('is fine from its target on', () => {
    expect(ratioRow(goal, [95, 95], [100, 100]).ok).toBe(true)
    expect(ratioRow(goal, [94, 94], [100, 100]).ok).toBe(false)
  })

  it('of control is fine when both are alike', () => {
    expect(controlRow([10, 10, 10], [10, 10, 10])).toMatchObject({ name: 'A/A', value: 1, ok: true })
    expect(controlRow([10, 10, 10], [12, 12, 12]).ok).toBe(false)
  })

  it('says for people what was wanted', () => {
    expect(formatRow(ratioRow(goal, [1], [2]))).toMatch(/^✗ thing +0\.5 {2}\[0\.5, 0\.5\] {2}at least 0\.95$/)
  })
})

describe('rounds', () => {
  it('run every candidate in each, a block at a time', async () => {
    let a = 0
    let b = 0
    const candidates = [
      { name: 'a', run: () => a++ },
      { name: 'b', run: async () => b++ }
    ]
    const times = await measureRounds(candidates, { rounds: 4, block: 3 })
    expect([a, b]).toEqual([4002 + 4 * 3, 4002 + 4 * 3])
    expect([...times.values()].map(({ length }) => length)).toEqual([4, 4])
  })
})
