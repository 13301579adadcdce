import { beforeAll, describe, expect, it } from 'vitest'
import { parsePem } from '../../../packages/sdk/src/encoding/pem.js'
import { labelOf, parseCertificate } from '../../../packages/sdk/src/x509/index.js'
import { hasVectors, readVector, readVectorJson } from '../../support/vectors.js'
import { compareMutants } from './campaign.js'
import { compare } from './compare.js'
import { askJudge, buildJudge, type Question, whatIsMissing } from './go-sev.js'
import { questionOf } from './mutations.js'
import { ourVerdict } from './our-verdict.js'
import { createWorlds } from './world.js'

const missing = whatIsMissing(false)

describe.skipIf(missing !== undefined)(`go-sev-guest${missing === undefined ? '' : ` (${missing})`}`, () => {
  beforeAll(() => buildJudge(false), 240_000)

  it('verifies reports of our fake AMD under its root, as we do', async () => {
    const worlds = (await createWorlds()).filter(({ amd }) => amd.guest.product !== 'Turin')
    const theirs = await askJudge(worlds.map(questionOf))
    expect(theirs).toEqual(worlds.map(() => ({ genuine: true, reason: '' })))
    for (const world of worlds) expect(await ourVerdict(questionOf(world))).toEqual({ genuine: true, reason: '' })
  })

  it('refuses them under AMD’s own roots, as we do', async () => {
    const [world] = await createWorlds()
    if (world === undefined) throw new Error('no world')
    const { root: _, ...question } = questionOf(world)
    const { ark, ask } = world.amd.certificates
    expect((await askJudge([question]))[0]?.genuine).toBe(false)
    expect((await ourVerdict(question, [ask, ark])).genuine).toBe(false)
  })

  it('agrees with us on 500 seeded mutants, but for the exceptions that we document', async () => {
    const { unexplained, agreed } = await compareMutants(500, 500)
    expect(unexplained).toEqual([])
    expect(agreed.genuine).toBeGreaterThan(50)
    expect(agreed.refused).toBeGreaterThan(250)
  })

  it.skipIf(!hasVectors)(
    'agrees with us on reports of real machines (where there are none: set TRESOR_VECTORS)',
    async () => {
      const cases = realCases()
      expect(cases.length).toBeGreaterThan(15)
      const theirs = await askJudge(cases.map(withVlekRoot))
      const judged = []
      for (const [i, { name, question, chain }] of cases.entries()) {
        const ours = await ourVerdict(question, chain)
        judged.push({ name, question, ours, theirs: theirs[i] ?? { genuine: false, reason: 'no answer' } })
      }
      const { unexplained, agreed, excepted } = compare(judged)
      expect(unexplained).toEqual([])
      expect(agreed.genuine + (excepted['FMC of Turin'] ?? 0) + (excepted['models of a product'] ?? 0)).toBeGreaterThan(
        15
      )
    }
  )
})

/** The library ships no intermediate for VLEKs: it gets AMD's. */
function withVlekRoot({ question, chain }: RealCase): Question {
  const [asvk, ark] = chain
  const name = asvk === undefined ? '' : labelOf(parseCertificate(asvk))
  if (asvk === undefined || ark === undefined || !name.startsWith('SEV-VLEK-')) return question
  return { ...question, root: { product: name.slice('SEV-VLEK-'.length), ark, asvk, ask: new Uint8Array(0) } }
}

interface Case {
  readonly id: string
  readonly kind: string
  readonly file: string
  readonly with: readonly string[]
  readonly at: string | null
}

interface RealCase {
  readonly name: string
  readonly question: Question
  readonly chain: readonly Uint8Array[]
}

function realCases(): readonly RealCase[] {
  return (readVectorJson('cases.json') as readonly Case[])
    .filter(({ kind }) => kind === 'snp-report')
    .map(({ id, file, with: files, at }) => ({
      name: id,
      question: {
        report: readVector(file),
        certificates: files.filter((name) => name.endsWith('.der')).map(readVector),
        now: new Date(at ?? '2026-01-01T00:00:00Z')
      },
      chain: files
        .filter((name) => name.endsWith('.pem'))
        .flatMap((name) => parsePem(readVector(name)).map(({ bytes }) => bytes))
    }))
}
