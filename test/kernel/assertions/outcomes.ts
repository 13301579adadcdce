// How a program of assertions reports: one line of JSON for each, then a line that says that it came to its end. Kernels and
// programs may write other lines in between.

export interface Outcome {
  readonly world: string
  readonly assertion: string
  /** What was wrong; absent where it held. */
  readonly failure?: string
}

const end = 'tresor-assertions-end'

export function formatOutcome(outcome: Outcome): string {
  return JSON.stringify(outcome)
}

export function formatEnd(world: string, count: number): string {
  return `${end} ${world} ${count}`
}

/** The outcomes of `world` in an output, or undefined when its program did not come to its end. */
export function parseOutcomes(output: string, world: string): readonly Outcome[] | undefined {
  const lines = output.split(/\r?\n/).map((line) => line.trim())
  const outcomes = lines.filter((line) => line.startsWith('{"world":')).map(parseOutcome)
  const own = outcomes.filter((outcome) => outcome.world === world)
  return lines.includes(formatEnd(world, own.length)) ? own : undefined
}

function parseOutcome(line: string): Outcome {
  return JSON.parse(line) as Outcome // formatOutcome wrote it
}
