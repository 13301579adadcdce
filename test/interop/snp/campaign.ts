// Many seeded mutants, judged by both sides.
import { seeded } from '../../support/seeded.js'
import { type Comparison, compare, type Judged } from './compare.js'
import { askJudge } from './go-sev.js'
import { createMutants } from './mutations.js'
import { ourVerdict } from './our-verdict.js'
import { createWorlds } from './world.js'

export async function compareMutants(count: number, seed: number): Promise<Comparison> {
  const mutants = createMutants(await createWorlds(), count, seeded(seed))
  const theirs = await askJudge(mutants.map(({ question }) => question))
  const judged: Judged[] = []
  for (const [i, { how, world, question }] of mutants.entries()) {
    const ours = await ourVerdict(question)
    const their = theirs[i] ?? { genuine: false, reason: 'no answer' }
    judged.push({ name: `${i} ${world.name}, ${how}`, question, ours, theirs: their })
  }
  return compare(judged)
}
