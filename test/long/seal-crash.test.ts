// Crashes of a sealed store in numbers: TRESOR_CRASH_POINTS kills (2,000) and TRESOR_CRASH_STATES disks after a power loss (4,000).
import { describe, expect, it } from 'vitest'
import { runKills } from '../seal/crash/kill.js'
import { runPowerLoss } from '../seal/crash/power-loss.js'
import { missingParts, skipNote } from '../support/system-parts.js'

const points = Number(process.env.TRESOR_CRASH_POINTS ?? 2000)
const states = Number(process.env.TRESOR_CRASH_STATES ?? 4000)
const seed = Number(process.env.TRESOR_SEED ?? 1)
const missing = missingParts(['cc'])
const hours = 3_600_000

describe('a sealed store', () => {
  it.skipIf(missing)(
    `keeps every acknowledged commit, and none by halves, when it is killed at ${points} system calls${skipNote(missing)}`,
    async () => {
      const { problems, ...counts } = await runKills({ points, seed, steps: 15 })
      console.log('kill -9', seed, { ...counts, problems: problems.length })
      expect(problems).toEqual([])
      expect(counts.points).toBe(points)
    },
    hours
  )

  it(
    `keeps every acknowledged commit, and none by halves, on ${states} disks after a power loss`,
    async () => {
      const problems: string[] = []
      let found = 0
      for (let i = 0; found < states; i++, found += 200) {
        const result = await runPowerLoss({ seed: seed + i, steps: 60, states: 200 })
        problems.push(...result.problems)
      }
      console.log('power loss', seed, { states: found, problems: problems.length })
      expect(problems).toEqual([])
    },
    hours
  )

  it('is found to lose commits on disks that ignore fsync', async () => {
    const { problems } = await runPowerLoss({ seed, steps: 60, states: 200, ignoresSync: true })
    expect(problems.length).toBeGreaterThan(50)
  })
})
