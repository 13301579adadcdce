// Medians with intervals. Rounds are resampled with a fixed seed: the same measurements give the same interval.
import { seeded } from '../support/seeded.js'

export interface Estimate {
  readonly value: number
  /** 95 % interval. */
  readonly low: number
  readonly high: number
}

const resamples = 2000

/** Bootstrap of `statistic` over `samples`. */
export function estimate<T>(samples: readonly T[], statistic: (samples: readonly T[]) => number): Estimate {
  const random = seeded(1)
  const results = Array.from({ length: resamples }, () => statistic(resample(samples, random))).sort(ascending)
  return { value: statistic(samples), low: at(results, 0.025), high: at(results, 0.975) }
}

export function lowerQuartile(samples: readonly number[]): number {
  return at([...samples].sort(ascending), 0.25)
}

export function minimum(samples: readonly number[]): number {
  return Math.min(...samples)
}

function resample<T>(samples: readonly T[], random: () => number): readonly T[] {
  return samples.map(() => samples[Math.floor(random() * samples.length)] as T) // the index is within the list
}

function at(sorted: readonly number[], quantile: number): number {
  const position = (sorted.length - 1) * quantile
  const [below = Number.NaN, above = below] = sorted.slice(Math.floor(position), Math.floor(position) + 2)
  return below + (above - below) * (position % 1)
}

function ascending(a: number, b: number): number {
  return a - b
}
