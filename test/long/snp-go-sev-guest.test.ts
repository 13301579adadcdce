import { beforeAll, describe, expect, it } from 'vitest'
import { compareMutants } from '../interop/snp/campaign.js'
import { buildJudge, whatIsMissing } from '../interop/snp/go-sev.js'

const missing = whatIsMissing(true)

describe.skipIf(missing !== undefined)(`go-sev-guest at length${missing === undefined ? '' : ` (${missing})`}`, () => {
  beforeAll(() => buildJudge(true), 600_000)

  it('agrees with us on 10,000 seeded mutants, and every exception that we document is needed', async () => {
    const { unexplained, agreed, excepted } = await compareMutants(10_000, 1)
    console.log(
      `agreed on ${agreed.genuine} genuine and ${agreed.refused} refused; excepted: ${JSON.stringify(excepted)}`
    )
    expect(unexplained).toEqual([])
    expect(Object.entries(excepted).filter(([, count]) => count === 0)).toEqual([])
    expect(agreed.genuine).toBeGreaterThan(1000)
  }, 600_000)
})
