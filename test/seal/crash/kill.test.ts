// A small part of the campaign in test/long/seal-crash.test.ts.
import { expect, it } from 'vitest'
import { missingParts, skipNote } from '../../support/system-parts.js'
import { runKills } from './kill.js'

const missing = missingParts(['cc'])

it.skipIf(missing)(
  `a store whose process is killed at system calls keeps what was acknowledged, whole${skipNote(missing)}`,
  async () => {
    const { problems, points } = await runKills({ points: 20, seed: 100, steps: 12, stride: 4 })
    expect(problems).toEqual([])
    expect(points).toBe(20)
  }
)
