// Collects checks in order. A failed check of authenticity ends the work; policy checks are all made, then the first failure counts.
import { type ErrorCode, type ErrorDetails, type ErrorOptions, TresorError } from '../core/index.js'
import type { Check } from './appraisal.js'

/** What a check says beside its outcome. */
export interface CheckText {
  readonly id: string
  readonly title: string
  readonly spec: string
  readonly expected?: string
  readonly actual?: string
}

/** How a check fails: `[EvidenceError, code, message]`, the class says who must act. */
export type Failure<C extends ErrorCode> = readonly [
  type: new (code: C, message: string, options?: ErrorOptions) => TresorError,
  code: NoInfer<C>,
  message: string,
  cause?: unknown
]

export class Checklist {
  readonly checks: Check[] = []
  #firstFailure: TresorError | undefined

  get firstFailure(): TresorError | undefined {
    return this.#firstFailure
  }

  pass(text: CheckText): void {
    const { id, title, spec, expected, actual } = text
    // A literal of one shape: verification of known evidence makes nothing else in such numbers.
    const check: Check = { id, title, outcome: 'passed', spec }
    this.checks.push(expected === undefined && actual === undefined ? check : { ...check, ...text })
  }

  /** Records passes that are always the same, such as of a chain that was proved before. */
  passAll(checks: readonly Check[]): void {
    for (const check of checks) this.checks.push(check)
  }

  skip(text: CheckText): void {
    this.checks.push({ ...text, outcome: 'skipped' })
  }

  /** Records a failure and returns its error; the caller throws it or goes on. */
  fail<C extends ErrorCode>(text: CheckText, ...failure: Failure<C>): TresorError {
    this.checks.push({ ...text, outcome: 'failed' })
    const [type, code, message, cause] = failure
    const error = new type(
      code,
      message,
      cause === undefined ? { details: details(text) } : { details: details(text), cause }
    )
    this.#firstFailure ??= error
    return error
  }

  /** Records a pass or a failure, without throwing. */
  compare<C extends ErrorCode>(ok: boolean, text: CheckText, ...failure: Failure<C>): void {
    if (ok) this.pass(text)
    else this.fail(text, ...failure)
  }

  /** Records a pass, or the coded error that `work` throws, and throws it on. `titleOf` says what was found, where that matters. */
  async prove<T>(text: CheckText, work: () => T | Promise<T>, titleOf?: (value: T) => string): Promise<T> {
    try {
      const value = await work()
      this.pass(titled(text, value, titleOf))
      return value
    } catch (error) {
      if (TresorError.is(error)) this.#note(text, error)
      throw error
    }
  }

  /** As `prove`, for work that does not wait. */
  proveNow<T>(text: CheckText, work: () => T, titleOf?: (value: T) => string): T {
    try {
      const value = work()
      this.pass(titled(text, value, titleOf))
      return value
    } catch (error) {
      if (TresorError.is(error)) this.#note(text, error)
      throw error
    }
  }

  /** Takes over the checks of another list, in their order. */
  adopt(other: Checklist): void {
    for (const check of other.checks) this.checks.push(check)
    this.#firstFailure ??= other.firstFailure
  }

  #note(text: CheckText, error: TresorError): void {
    this.checks.push({ ...text, outcome: 'failed' })
    this.#firstFailure ??= error
  }
}

function titled<T>(text: CheckText, value: T, titleOf: ((value: T) => string) | undefined): CheckText {
  return titleOf === undefined ? text : { ...text, title: titleOf(value) }
}

function details(text: CheckText): ErrorDetails {
  return {
    check: text.id,
    ...(text.expected === undefined ? {} : { expected: text.expected }),
    ...(text.actual === undefined ? {} : { actual: text.actual })
  }
}
