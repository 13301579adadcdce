// So that whoever is refused a thousand times a second does not fill a disk with it. Metrics count them all.

const maxLines = 20
const windowMs = 10_000

interface Window {
  begun: number
  lines: number
  suppressed: number
}

export class LogLimiter {
  readonly #now: () => number
  readonly #windows = new Map<string, Window>()

  /** `now`: milliseconds. */
  constructor(now: () => number) {
    this.#now = now
  }

  /** Whether a line about `subject` may be written, and how many were not, in the window before this one. */
  ask(subject: string): { readonly passes: boolean; readonly suppressed: number } {
    const now = this.#now()
    const window = this.#windows.get(subject)
    if (window === undefined || now < window.begun || now - window.begun >= windowMs) {
      this.#windows.set(subject, { begun: now, lines: 1, suppressed: 0 })
      return { passes: true, suppressed: window?.suppressed ?? 0 }
    }
    if (window.lines < maxLines) window.lines++
    else window.suppressed++
    return { passes: window.suppressed === 0, suppressed: 0 }
  }
}
