// Hostile hosts in numbers: TRESOR_TAMPER_CASES changed stores (100,000).
import { expect, it } from 'vitest'
import { runTampering } from '../seal/tamper/campaign.js'
import { makeSubject } from '../seal/tamper/subject.js'

const cases = Number(process.env.TRESOR_TAMPER_CASES ?? 100_000)
const seed = Number(process.env.TRESOR_SEED ?? 1)

it(`refuses ${cases} changed stores, and gives out nothing of what was changed`, async () => {
  const { problems, ...counts } = await runTampering(await makeSubject(), { cases, seed })
  console.log('tampering', seed, { ...counts, problems: problems.length })
  expect(problems).toEqual([])
}, 3_600_000)
