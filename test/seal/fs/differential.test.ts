import { describe, expect, it } from 'vitest'
import { createTestFiles } from '../support/files.js'
import { compareWithNode } from './differential.js'

describe('the files of a vault against those of Node', () => {
  it.each([1, 2, 3, 4])('give the same results and errors for seeded operations (seed %d)', async (seed) => {
    const { fs } = createTestFiles({ now: () => Date.now() })
    const { differences, refusals, steps } = await compareWithNode(fs, seed, 1000)
    expect(differences).toEqual([])
    expect(refusals).toBeGreaterThan(steps / 10)
    expect(refusals).toBeLessThan(steps * 0.8)
  })
})
