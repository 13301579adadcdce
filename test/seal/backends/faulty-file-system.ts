// The real file system with failures: the call of that number, counted over what changes something, fails or does half its work.
import type { FileSystem, OpenFile } from '../../../packages/sdk/src/seal/backends/directory/file-system.js'

export type FaultCode = 'ENOSPC' | 'EIO' | 'EROFS' | 'EACCES' | 'EDQUOT'

export interface Faults {
  /** Number of the call that fails, from 0 on; all later ones of the kind fail too. */
  failFrom: number
  code: FaultCode
  /** Writes that fail leave half of their bytes behind. */
  isTorn: boolean
  /** Calls so far. */
  calls: number
}

export function faulty(fs: FileSystem, faults: Faults): FileSystem {
  const isDue = () => faults.calls++ >= faults.failFrom
  const fail = () => {
    throw Object.assign(new Error(`${faults.code}: injected`), { code: faults.code })
  }
  const guard = <A extends unknown[], R>(work: (...args: A) => Promise<R>) => {
    return async (...args: A): Promise<R> => (isDue() ? fail() : work(...args))
  }
  const guardFile = (file: OpenFile): OpenFile => ({
    ...file,
    write: async (bytes, offset, length, position) => {
      if (!isDue()) return file.write(bytes, offset, length, position)
      if (faults.isTorn) await file.write(bytes, offset, Math.floor(length / 2), position)
      return fail()
    },
    datasync: guard(() => file.datasync()),
    sync: guard(() => file.sync())
  })
  const isWriting = (flags: number) => (flags & 3) !== 0
  return {
    ...fs,
    open: async (path, flags, mode) => {
      if (isWriting(flags) && isDue()) return fail()
      return guardFile(await fs.open(path, flags, mode))
    },
    mkdir: guard(fs.mkdir),
    rename: guard(fs.rename),
    link: guard(fs.link),
    unlink: guard(fs.unlink)
  }
}
