// Interleaved rounds: in each, every candidate runs a small block in random order, so that whatever else the machine does hits all of
// them alike. Time is CPU time of this process, user and system, over all threads: wall time means nothing on a shared machine.
import { seeded } from '../support/seeded.js'

const warmUpOperations = 4000
const maxWarmUpMs = 5000

export interface Candidate {
  readonly name: string
  run(): unknown
}

export interface RoundOptions {
  readonly rounds: number
  /** Operations of a candidate in a row. */
  readonly block: number
}

/** Microseconds for one operation: a list by candidate, one number a round. */
export async function measureRounds(
  candidates: readonly Candidate[],
  { rounds, block }: RoundOptions
): Promise<ReadonlyMap<string, readonly number[]>> {
  const times = new Map<string, number[]>(candidates.map(({ name }) => [name, []]))
  const random = seeded(7)
  for (const candidate of candidates) await warmUp(candidate, block)
  for (let round = 0; round < rounds; round++) {
    for (const candidate of shuffled(candidates, random)) {
      times.get(candidate.name)?.push(await runBlock(candidate, block))
    }
  }
  return times
}

/** Until the compiler has settled, which takes thousands of calls: services run for days. */
async function warmUp(candidate: Candidate, block: number): Promise<void> {
  const until = performance.now() + maxWarmUpMs
  for (let done = 0; done < warmUpOperations && performance.now() < until; done += block)
    await runBlock(candidate, block)
}

async function runBlock(candidate: Candidate, operations: number): Promise<number> {
  const start = process.cpuUsage()
  for (let i = 0; i < operations; i++) await candidate.run()
  const { user, system } = process.cpuUsage(start)
  return (user + system) / operations
}

function shuffled<T>(list: readonly T[], random: () => number): readonly T[] {
  return list
    .map((value) => ({ value, order: random() }))
    .sort((a, b) => a.order - b.order)
    .map(({ value }) => value)
}
