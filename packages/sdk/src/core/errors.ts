// The errors of the SDK. Subclasses say who must act; codes are public API, messages are not.
import type { ErrorCode, EvidenceCode, PolicyCode, SealedCode, UnavailableCode, UsageCode } from './error-codes.js'

const brand = Symbol.for('@tresor/sdk.error')

/** What an error adds to its sentence. Never holds a secret. */
export interface ErrorDetails {
  /** The field, option or register the error is about, in spec spelling. */
  readonly field?: string
  readonly expected?: string
  readonly actual?: string
  /** What to do next, as one sentence. */
  readonly remedy?: string
  readonly [name: string]: unknown
}

export interface ErrorOptions {
  readonly cause?: unknown
  readonly details?: ErrorDetails
}

/**
 * Base of every error that this SDK throws. Branch on `code`; use `TresorError.is` where two copies of the
 * package may be installed.
 */
export abstract class TresorError<C extends ErrorCode = ErrorCode> extends Error {
  readonly code: C
  readonly details: ErrorDetails

  constructor(code: C, message: string, options: ErrorOptions = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined)
    this.code = code
    this.details = options.details ?? {}
    this.name = new.target.name
    Object.defineProperty(this, brand, { value: true })
  }

  /** True for an error of this SDK, also one thrown by another installed copy. */
  static is(value: unknown): value is TresorError {
    return typeof value === 'object' && value !== null && (value as Record<symbol, unknown>)[brand] === true
  }
}

/** The caller must fix the code or the configuration. Thrown before any input or output. */
export class UsageError extends TresorError<UsageCode> {}

/** It cannot be decided or done here and now: no device, no network, no collateral. Retry, or use another platform. */
export class UnavailableError extends TresorError<UnavailableCode> {}

/** Malformed or not genuine: stop. */
export class EvidenceError extends TresorError<EvidenceCode> {}

/** Genuine, but not what the policy accepts: stop. */
export class PolicyError extends TresorError<PolicyCode> {}

/** Sealed data that was changed, is not the newest, or is for another key: stop. No plaintext is given out. */
export class SealError extends TresorError<SealedCode> {}
