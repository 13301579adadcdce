// Failures as node:fs reports them: the same codes, numbers, fields and sentences, so that code written for files needs no second set.
import { getSystemErrorMap } from 'node:util'

export type FsCode =
  | 'EACCES'
  | 'EBADF'
  | 'EBUSY'
  | 'EEXIST'
  | 'EFBIG'
  | 'EILSEQ'
  | 'EINVAL'
  | 'EISDIR'
  | 'ELOOP'
  | 'ENAMETOOLONG'
  | 'ENOENT'
  | 'ENOTDIR'
  | 'ENOTEMPTY'
  | 'EROFS'
  | 'EXDEV'

/** What failed, for messages: the system call as Node names it, and the paths as the caller gave them. */
export interface Subject {
  readonly syscall: string
  readonly path?: string
  readonly dest?: string
}

/** An error of the shape that node:fs throws for system calls. */
export interface FsError extends Error {
  readonly code: string
  readonly errno?: number
  readonly syscall?: string
  readonly path?: string
  readonly dest?: string
}

export function createFsError(code: FsCode, { syscall, path, dest }: Subject): FsError {
  const [errno, text] = numberAndText(code)
  const where = path === undefined ? '' : ` '${path}'${dest === undefined ? '' : ` -> '${dest}'`}`
  return Object.assign(new Error(`${code}: ${text}, ${syscall}${where}`), {
    errno,
    code,
    syscall,
    ...(path === undefined ? {} : { path }),
    ...(dest === undefined ? {} : { dest })
  })
}

/** As Node says it for handles that were closed. */
export function closedHandle(syscall: string): FsError {
  return Object.assign(new Error('file closed'), { code: 'EBADF', syscall })
}

type ArgumentCode = 'ERR_INVALID_ARG_TYPE' | 'ERR_INVALID_ARG_VALUE' | 'ERR_OUT_OF_RANGE'

/** A wrong argument, as Node's own functions report it. The value is not in the message: it may be content. */
export function wrongArgument(code: ArgumentCode, name: string, expected: string): FsError {
  const ErrorType = code === 'ERR_OUT_OF_RANGE' ? RangeError : TypeError
  return Object.assign(new ErrorType(`The argument '${name}' must be ${expected}`), { code })
}

type HighLevelCode =
  | 'ERR_FS_CP_DIR_TO_NON_DIR'
  | 'ERR_FS_CP_EEXIST'
  | 'ERR_FS_CP_EINVAL'
  | 'ERR_FS_CP_NON_DIR_TO_DIR'
  | 'ERR_FS_EISDIR'
  | 'ERR_FS_FILE_TOO_LARGE'

const systemCodes: Readonly<Record<Exclude<HighLevelCode, 'ERR_FS_FILE_TOO_LARGE'>, FsCode>> = {
  ERR_FS_CP_DIR_TO_NON_DIR: 'EISDIR',
  ERR_FS_CP_EEXIST: 'EEXIST',
  ERR_FS_CP_EINVAL: 'EINVAL',
  ERR_FS_CP_NON_DIR_TO_DIR: 'ENOTDIR',
  ERR_FS_EISDIR: 'EISDIR'
}

/** What `cp` and `rm` refuse by rules of their own, under the codes that Node gave them. */
export function createHighLevelError(
  code: keyof typeof systemCodes,
  reason: string,
  { syscall, path }: Subject
): FsError {
  const system = systemCodes[code]
  const [errno] = numberAndText(system)
  const error = new Error(`${reason}: ${syscall} returned ${system} ${path ?? ''}`.trimEnd())
  error.name = 'SystemError'
  return Object.assign(error, { code, errno: -errno, syscall, ...(path === undefined ? {} : { path }) })
}

export function fileTooLarge(size: number): FsError {
  return Object.assign(new RangeError(`File size (${size}) is greater than 2 GiB`), { code: 'ERR_FS_FILE_TOO_LARGE' })
}

/** @throws AbortError when the signal has been given */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw abortError(signal)
}

export function abortError(signal: AbortSignal): FsError {
  const error = new Error('The operation was aborted', { cause: signal.reason })
  error.name = 'AbortError'
  return Object.assign(error, { code: 'ABORT_ERR' })
}

function numberAndText(code: FsCode): readonly [errno: number, text: string] {
  for (const [errno, [name, text]] of getSystemErrorMap()) if (name === code) return [errno, text]
  return [-1, 'unknown error']
}
