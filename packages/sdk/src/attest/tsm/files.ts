// The file operations that configfs-tsm needs. Only these: its directories cannot be copied, watched or removed recursively.
import { constants } from 'node:fs'
import { type FileHandle, mkdir, open, rmdir } from 'node:fs/promises'
import { concatBytes, UnavailableError } from '../../core/index.js'

export interface TsmFiles {
  makeDirectory(path: string): Promise<void>
  /** Never recursive: the attributes inside are no files that could be unlinked. */
  removeDirectory(path: string): Promise<void>
  /** Writes everything at once. The kernel takes it over when the file is closed, and does not say whether it did. */
  write(path: string, bytes: Uint8Array): Promise<void>
  /** Reads to the end: the size that the file states is always zero. */
  read(path: string, maxBytes: number): Promise<Uint8Array>
}

export const nodeFiles: TsmFiles = {
  makeDirectory: (path) => mkdir(path),
  removeDirectory: (path) => rmdir(path),
  write: (path, bytes) => withFile(path, constants.O_WRONLY, (file) => writeAll(file, bytes)),
  read: (path, maxBytes) => withFile(path, constants.O_RDONLY, (file) => readToEnd(file, maxBytes))
}

async function withFile<T>(path: string, flags: number, use: (file: FileHandle) => Promise<T>): Promise<T> {
  const file = await open(path, flags)
  try {
    return await use(file)
  } finally {
    await file.close()
  }
}

async function writeAll(file: FileHandle, bytes: Uint8Array): Promise<void> {
  const { bytesWritten } = await file.write(bytes)
  if (bytesWritten !== bytes.length) {
    throw new UnavailableError('ERR_DEVICE_REFUSED', `kernel took ${bytesWritten} of ${bytes.length} bytes`)
  }
}

async function readToEnd(file: FileHandle, maxBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  for (let total = 0; total <= maxBytes; ) {
    const { bytesRead, buffer } = await file.read(new Uint8Array(16_384))
    if (bytesRead === 0) return concatBytes(...chunks)
    chunks.push(buffer.slice(0, bytesRead))
    total += bytesRead
  }
  throw new UnavailableError('ERR_DEVICE_RESPONSE', `kernel answered with more than ${maxBytes} bytes`)
}
