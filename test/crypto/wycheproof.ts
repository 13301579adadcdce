// Project Wycheproof files (schemas v1) as test material: what each test wants, and which flags we have decided on.
import { fromHex, TresorError } from '../../packages/sdk/src/core/index.js'
import { readVectorJson } from '../support/vectors.js'

/** The fields differ by schema; byte strings are hex. */
export interface WycheproofTest {
  readonly tcId: number
  readonly comment: string
  readonly flags: readonly string[]
  readonly result: 'valid' | 'invalid' | 'acceptable'
  readonly size?: number
  readonly [field: string]: unknown
}

export interface WycheproofGroup {
  readonly tests: readonly WycheproofTest[]
  readonly publicKeyDer?: string
  readonly sLen?: number
}

/**
 * Every flag of a file stands here with our decision: `'as marked'` follows the test's own result, `'accept'` and `'refuse'`
 * decide for tests marked acceptable. One `'refuse'` among a test's flags wins.
 */
export type Decisions = Readonly<Record<string, 'as marked' | 'accept' | 'refuse'>>

export function readGroups(file: string): readonly WycheproofGroup[] {
  const { testGroups } = readVectorJson(`primitives/${file}`) as { testGroups: readonly WycheproofGroup[] } // their schema
  return testGroups
}

export function bytesOf(test: WycheproofTest, field: string): Uint8Array {
  const value = test[field]
  if (typeof value !== 'string') throw new Error(`test ${test.tcId} has no ${field}`)
  return fromHex(value)
}

/** What we must answer. Throws for a flag that nobody has decided on. */
function isToBeAccepted(test: WycheproofTest, decisions: Decisions): boolean {
  const decided = test.flags.map((flag) => {
    const decision = decisions[flag]
    if (decision === undefined) throw new Error(`test ${test.tcId}: flag ${flag} is not decided`)
    return decision
  })
  if (test.result !== 'acceptable') return test.result === 'valid'
  if (decided.includes('refuse')) return false
  if (decided.includes('accept')) return true
  throw new Error(`test ${test.tcId}: acceptable, and ${test.flags.join(', ')} do not decide`)
}

/** Runs all tests of a file and lists the differences. `answer` may refuse with a coded error; any other error is a difference. */
export async function differences(
  groups: readonly WycheproofGroup[],
  decisions: Decisions,
  answer: (test: WycheproofTest, group: WycheproofGroup) => Promise<boolean>
): Promise<string[]> {
  const found: string[] = []
  for (const group of groups) {
    for (const test of group.tests) {
      const expected = isToBeAccepted(test, decisions) ? 'accepted' : 'refused'
      const actual = await outcome(() => answer(test, group))
      if (actual !== expected) found.push(`${test.tcId} (${test.comment}): expected ${expected}, found ${actual}`)
    }
  }
  return found
}

async function outcome(answer: () => Promise<boolean>): Promise<string> {
  try {
    return (await answer()) ? 'accepted' : 'refused'
  } catch (error) {
    return TresorError.is(error) ? 'refused' : `uncoded error ${String(error)}`
  }
}
