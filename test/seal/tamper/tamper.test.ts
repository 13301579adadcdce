// A small part of the campaign in test/long/seal-tamper.test.ts, and proof that it notices what it looks for.
import { describe, expect, it } from 'vitest'
import { remember } from '../store/fixture.js'
import { readAll, runTampering } from './campaign.js'
import { mutations } from './mutations.js'
import { makeSubject } from './subject.js'

describe('a store in the hands of a hostile host', () => {
  it('is what it was, as long as nobody touches it', async () => {
    const subject = await makeSubject()
    expect(await readAll(subject, subject.newest, subject.freshness)).toEqual({ code: undefined, wrong: undefined })
  })

  it('gives out nothing that was changed, swapped or put back', async () => {
    const subject = await makeSubject()
    const { problems, codes } = await runTampering(subject, { cases: 20 * Object.keys(mutations).length, seed: 1 })
    expect(problems).toEqual([])
    expect(Object.keys(codes).filter((code) => !/^ERR_SEALED_|^ERR_USAGE_STORE$/.test(code))).toEqual([])
    expect(Object.keys(codes).length).toBeGreaterThan(6)
  })

  it('cannot tell an older version without an anchor that outlives the process: the campaign says so', async () => {
    const subject = await makeSubject()
    const { problems } = await runTampering(subject, { cases: 200, seed: 1, freshness: () => remember('process') })
    expect(problems.some((problem) => problem.includes('replay the whole store'))).toBe(true)
  })

  it('would show swapped objects if they were not bound to who they are: the campaign says so', async () => {
    const subject = await makeSubject('identity')
    const { problems } = await runTampering(subject, { cases: 200, seed: 1 })
    expect(problems.some((problem) => problem.includes('earlier generation'))).toBe(true)
  })
})
