// 100,000 seeded operations on node:fs/promises and on a vault: every result and every error the same. TRESOR_DIFFERENTIAL sets how many.
import { describe, expect, it } from 'vitest'
import { compareWithNode } from '../seal/fs/differential.js'
import { createTestFiles } from '../seal/support/files.js'

const operations = Number(process.env.TRESOR_DIFFERENTIAL ?? 100_000)
const firstSeed = Number(process.env.TRESOR_SEED ?? 1000)
const perSeed = 500

describe('the files of a vault against those of Node', () => {
  it(`give the same results and errors for ${operations} operations`, { timeout: 600_000 }, async () => {
    let done = 0
    let refusals = 0
    for (let seed = firstSeed; done < operations; seed++) {
      const { fs } = createTestFiles({ now: () => Date.now() })
      const outcome = await compareWithNode(fs, seed, perSeed)
      expect({ seed, differences: outcome.differences }).toEqual({ seed, differences: [] })
      done += outcome.steps
      refusals += outcome.refusals
    }
    console.log(`seal differential: ${done} operations, of which ${refusals} were refused by both alike, 0 differences`)
    expect(refusals).toBeGreaterThan(done / 10)
  })
})
