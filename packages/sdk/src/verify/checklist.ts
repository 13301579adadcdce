// Collects checks in order. A failed check of authenticity ends the work; policy checks are all made, then the first failure counts.
import {
  type ErrorCode,
  type ErrorDetails,
  errorCodes,
  EvidenceError,
  PolicyError,
  type TresorError,
  UnavailableError
} from '../core/index.js'
import type { Check } from './appraisal.js'

/** What a check says beside its outcome. */
export interface CheckText {
  readonly id: string
  readonly title: string
  readonly spec: string
  readonly expected?: string
  readonly actual?: string
}

export class Checklist {
  readonly checks: Check[] = []
  #firstFailure: TresorError | undefined

  get firstFailure(): TresorError | undefined {
    return this.#firstFailure
  }

  pass(text: CheckText): void {
    this.checks.push({ ...text, outcome: 'passed' })
  }

  skip(text: CheckText): void {
    this.checks.push({ ...text, outcome: 'skipped' })
  }

  /** Records a failure and returns its error; the caller throws it or goes on. */
  fail(text: CheckText, code: ErrorCode, message: string, cause?: unknown): TresorError {
    this.checks.push({ ...text, outcome: 'failed' })
    const error = createError(code, message, text, cause)
    this.#firstFailure ??= error
    return error
  }

  /** Records `ok` as a pass or a failure, without throwing. */
  compare(ok: boolean, text: CheckText, code: ErrorCode, message: string): void {
    if (ok) this.pass(text)
    else this.fail(text, code, message)
  }
}

function createError(code: ErrorCode, message: string, text: CheckText, cause: unknown): TresorError {
  const details: ErrorDetails = {
    check: text.id,
    ...(text.expected === undefined ? {} : { expected: text.expected }),
    ...(text.actual === undefined ? {} : { actual: text.actual }),
    remedy: errorCodes[code].remedy
  }
  const options = cause === undefined ? { details } : { details, cause }
  switch (errorCodes[code].class) {
    case 'PolicyError':
      return new PolicyError(code, message, options)
    case 'UnavailableError':
      return new UnavailableError(code, message, options)
    default:
      return new EvidenceError(code, message, options)
  }
}
