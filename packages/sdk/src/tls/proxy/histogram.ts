// Durations by size, as Prometheus counts them: each bucket holds all that took no longer than its bound.

const boundsSeconds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] as const

export class Histogram {
  readonly #counts = boundsSeconds.map(() => 0)
  #count = 0
  #sum = 0

  observe(milliseconds: number): void {
    const seconds = milliseconds / 1000
    const bucket = boundsSeconds.findIndex((bound) => seconds <= bound)
    this.#count++
    this.#sum += seconds
    if (bucket >= 0) this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1
  }

  /** Samples: what goes behind the name of the metric, further labels, and the value. */
  samples(): readonly HistogramSample[] {
    let seen = 0
    const buckets = boundsSeconds.map((bound, i): HistogramSample => {
      seen += this.#counts[i] ?? 0
      return { suffix: '_bucket', labels: { le: String(bound) }, value: seen }
    })
    return [
      ...buckets,
      { suffix: '_bucket', labels: { le: '+Inf' }, value: this.#count },
      { suffix: '_sum', labels: {}, value: this.#sum },
      { suffix: '_count', labels: {}, value: this.#count }
    ]
  }
}

export interface HistogramSample {
  readonly suffix: '_bucket' | '_sum' | '_count'
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}
