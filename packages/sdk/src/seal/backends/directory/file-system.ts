// What the backend needs of a file system: a part of node:fs/promises, so that tests can put one with failures and crashes in its place.
import type { BigIntStats } from 'node:fs'
import { link, lstat, mkdir, open, readdir, rename, unlink } from 'node:fs/promises'

export interface FileFacts {
  readonly dev: bigint
  readonly ino: bigint
  readonly size: bigint
  readonly nlink: bigint
  readonly mtimeNs: bigint
  isFile(): boolean
  isDirectory(): boolean
}

export interface OpenFile {
  readonly fd: number
  read(target: Uint8Array, offset: number, length: number, position: number): Promise<{ readonly bytesRead: number }>
  write(bytes: Uint8Array, offset: number, length: number, position: number): Promise<{ readonly bytesWritten: number }>
  datasync(): Promise<void>
  sync(): Promise<void>
  stat(): Promise<FileFacts>
  close(): Promise<void>
}

export interface FileSystem {
  /** False: descriptors mean nothing to the kernel. */
  readonly isReal: boolean
  /** `flags` as in open(2). */
  open(path: string, flags: number, mode?: number): Promise<OpenFile>
  /** With all parents. The first that was made, if any. */
  mkdir(path: string, mode: number): Promise<string | undefined>
  readdir(path: string): Promise<readonly string[]>
  lstat(path: string): Promise<FileFacts>
  rename(from: string, to: string): Promise<void>
  link(from: string, to: string): Promise<void>
  unlink(path: string): Promise<void>
}

export const nodeFileSystem: FileSystem = {
  isReal: true,
  open: async (path, flags, mode) => {
    const handle = await open(path, flags, mode)
    return {
      fd: handle.fd,
      read: (target, offset, length, position) => handle.read(target, offset, length, position),
      write: (bytes, offset, length, position) => handle.write(bytes, offset, length, position),
      datasync: () => handle.datasync(),
      sync: () => handle.sync(),
      stat: (): Promise<BigIntStats> => handle.stat({ bigint: true }),
      close: () => handle.close()
    }
  },
  mkdir: (path, mode) => mkdir(path, { recursive: true, mode }),
  readdir: (path) => readdir(path),
  lstat: (path) => lstat(path, { bigint: true }),
  rename,
  link,
  unlink
}

/** The code of an error of a file system, such as ENOENT. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}
