// One line of a result, for people and as JSON.
import { type Estimate, estimate, lowerQuartile } from './statistics.js'

export interface Row extends Estimate {
  readonly name: string
  readonly target: number
  readonly better: 'higher' | 'lower'
  readonly ok: boolean
  readonly node: string
}

export interface Goal {
  readonly name: string
  readonly target: number
  readonly better: 'higher' | 'lower'
}

/** A control row is fine when it shows no difference that would matter. */
const controlTolerance = 0.03

/**
 * Speed of `subject` over that of `baseline`: 1 is as fast, above is faster. Of both the lower quartile over the rounds counts: what
 * else the machine does only ever adds time. Rounds are resampled whole.
 */
export function ratioRow(goal: Goal, baseline: readonly number[], subject: readonly number[]): Row {
  const rounds = subject.map((time, round) => [baseline[round] ?? Number.NaN, time] as const)
  return rowOf(
    goal,
    estimate(
      rounds,
      (sample) => lowerQuartile(sample.map(([base]) => base)) / lowerQuartile(sample.map(([, time]) => time))
    )
  )
}

/** Cost of `subject` over that of `baseline`: 1 is as much, above is more. Otherwise as `ratioRow`. */
export function costRow(goal: Goal, baseline: readonly number[], subject: readonly number[]): Row {
  return ratioRow(goal, subject, baseline)
}

/** The same thing measured twice: how far a ratio may be off by chance. */
export function controlRow(baseline: readonly number[], again: readonly number[]): Row {
  const row = ratioRow({ name: 'A/A', target: 1, better: 'higher' }, baseline, again)
  return { ...row, ok: Math.abs(row.value - 1) <= controlTolerance }
}

/** The value decides; its interval is shown beside it. */
export function rowOf({ name, target, better }: Goal, { value, low, high }: Estimate): Row {
  const ok = better === 'higher' ? value >= target : value <= target
  return { name, value: round(value), low: round(low), high: round(high), target, better, ok, node: process.version }
}

export function formatRow({ name, value, low, high, target, better, ok }: Row): string {
  const goal = `${better === 'higher' ? 'at least' : 'at most'} ${target}`
  return `${ok ? '✓' : '✗'} ${name.padEnd(52)} ${String(value).padStart(8)}  [${low}, ${high}]  ${goal}`
}

function round(value: number): number {
  return Number(value.toPrecision(4))
}
