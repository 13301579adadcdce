// Exit codes by class of error, that is by who must act.
import { EvidenceError, PolicyError, SealError, UsageError } from '../core/index.js'

export const exitCode = { fine: 0, rejected: 1, usage: 2, unavailable: 3 } as const

export type ExitCode = (typeof exitCode)[keyof typeof exitCode]

/** What is no error of ours is a fault of ours: nothing was decided. */
export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof EvidenceError || error instanceof PolicyError || error instanceof SealError)
    return exitCode.rejected
  return error instanceof UsageError ? exitCode.usage : exitCode.unavailable
}

const severity: readonly ExitCode[] = [exitCode.fine, exitCode.usage, exitCode.unavailable, exitCode.rejected]

/** The code for several results: one that was rejected outweighs one that could not be decided. */
export function worstOf(codes: readonly ExitCode[]): ExitCode {
  const worst = Math.max(0, ...codes.map((code) => severity.indexOf(code)))
  return severity[worst] ?? exitCode.unavailable
}
