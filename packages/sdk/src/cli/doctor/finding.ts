// One line of the doctor's report.

export type Level = 'ok' | 'warn' | 'fail'

export interface Finding {
  readonly id: string
  readonly level: Level
  /** What was found, as a sentence. */
  readonly text: string
  /** What to do about it; absent where there is nothing to do. */
  readonly remedy?: string
}

export function ok(id: string, text: string): Finding {
  return { id, level: 'ok', text }
}

export function warn(id: string, text: string, remedy: string): Finding {
  return { id, level: 'warn', text, remedy }
}

export function fail(id: string, text: string, remedy: string): Finding {
  return { id, level: 'fail', text, remedy }
}
