// A clock that only moves when somebody waits on it or moves it.

export interface FakeTime {
  readonly clock: () => Date
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>
  /** Every wait that was asked for, in milliseconds. */
  readonly waits: readonly number[]
  advance(ms: number): void
}

export const second = 1_000
export const hour = 3_600_000
export const day = 86_400_000

export function fakeTime(start = '2026-01-02T00:00:00Z'): FakeTime {
  let now = Date.parse(start)
  const waits: number[] = []
  return {
    clock: () => new Date(now),
    wait: async (ms, signal) => {
      signal.throwIfAborted()
      waits.push(ms)
      now += ms
    },
    waits,
    advance: (ms) => {
      now += ms
    }
  }
}
