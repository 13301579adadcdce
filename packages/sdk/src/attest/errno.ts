// Failures of system calls as Node and the addon report them.

export interface ErrnoFailure {
  /** For example `EACCES`. */
  readonly code: string
  readonly syscall?: string
}

export function isErrnoFailure(value: unknown): value is ErrnoFailure {
  return value instanceof Error && 'code' in value && typeof value.code === 'string' && /^E[A-Z0-9]+$/.test(value.code)
}
