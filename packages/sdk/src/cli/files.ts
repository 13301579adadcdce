// Files that the caller names: read within limits, written whole or not at all.
import { randomBytes } from 'node:crypto'
import type { Stats } from 'node:fs'
import { type FileHandle, open, realpath, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { concatBytes, UsageError } from '../core/index.js'
import type { Io } from './io.js'

/** Larger than any evidence or collateral that would be read. */
export const maxInputBytes: number = 4 << 20

/**
 * The bytes of a file, or of standard input for `-`. Pipes and devices are read too, up to the limit.
 * @throws UsageError ERR_USAGE_FILE
 */
export async function readInput(path: string, io: Pick<Io, 'readStdin'>): Promise<Uint8Array> {
  const bytes = path === '-' ? await io.readStdin(maxInputBytes) : await named(path, () => readBounded(path))
  if (bytes.length > maxInputBytes) throw tooLarge(path)
  return bytes
}

/**
 * Replaces a file in one step, or makes it.
 * @throws UsageError ERR_USAGE_FILE, also for anything that is no regular file
 */
export async function writeWhole(path: string, data: Uint8Array | string): Promise<void> {
  await named(path, async () => {
    const earlier = await statOrNothing(path)
    if (earlier?.isDirectory()) throw wrongFile(path, 'is a directory')
    if (earlier !== undefined && !earlier.isFile())
      throw wrongFile(path, 'is not a regular file; `-` is standard output')
    await replaceFile(earlier === undefined ? path : await realpath(path), data, earlier)
  })
}

export async function isDirectory(path: string): Promise<boolean> {
  return named(path, async () => (await stat(path)).isDirectory())
}

/** Runs `work` on `path`; failures of the file system become errors about that path. */
export async function named<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
    const reason = reasons[code]
    if (cause instanceof UsageError || !/^E[A-Z]+$/.test(code)) throw cause
    throw wrongFile(path, reason ?? `cannot be used (${code})`, cause)
  }
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'does not exist',
  ENOTDIR: 'does not exist',
  EISDIR: 'is a directory',
  EACCES: 'may not be read or written by this process',
  EPERM: 'may not be read or written by this process',
  EROFS: 'is on a read-only file system',
  ENOSPC: 'cannot be written: the file system is full',
  ELOOP: 'is a circle of symbolic links',
  ENAMETOOLONG: 'has a name that is too long'
}

async function readBounded(path: string): Promise<Uint8Array> {
  const status = await stat(path)
  if (status.isDirectory()) throw wrongFile(path, 'is a directory')
  if (status.size > maxInputBytes) throw tooLarge(path)
  const file = await open(path, 'r')
  try {
    return await readUpTo(file, maxInputBytes + 1)
  } finally {
    await file.close()
  }
}

async function readUpTo(file: FileHandle, limit: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  let total = 0
  while (total < limit) {
    const { bytesRead, buffer } = await file.read({ buffer: new Uint8Array(65_536), position: null })
    if (bytesRead === 0) break
    parts.push(buffer.subarray(0, bytesRead))
    total += bytesRead
  }
  return concatBytes(...parts)
}

async function statOrNothing(path: string): Promise<Stats | undefined> {
  try {
    return await stat(path)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}

async function replaceFile(path: string, data: Uint8Array | string, earlier: Stats | undefined): Promise<void> {
  const draft = join(dirname(path), `.${basename(path).slice(0, 100)}.${randomBytes(6).toString('hex')}.tmp`)
  try {
    const file = await open(draft, 'wx', earlier === undefined ? 0o666 : earlier.mode & 0o777)
    try {
      await file.writeFile(data)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(draft, path)
  } finally {
    await rm(draft, { force: true })
  }
}

function tooLarge(path: string): UsageError {
  return wrongFile(path, `is larger than ${maxInputBytes} bytes`)
}

/** An error about a file that the caller named. */
export function wrongFile(path: string, reason: string, cause?: unknown): UsageError {
  const name = path === '-' ? 'standard input' : path
  return new UsageError('ERR_USAGE_FILE', `${name}: ${reason}`, { cause, details: { path } })
}
