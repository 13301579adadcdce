// Files that other processes read at any time: they see the old content or the new, never a part.
import { randomBytes } from 'node:crypto'
import { constants, type FileHandle, open, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'

/** Writes beside the target, flushes, and renames. A crash leaves the old file, and at worst a temporary one. */
export async function replaceFile(directory: string, name: string, content: Uint8Array): Promise<void> {
  const temporary = join(directory, `.${randomBytes(12).toString('hex')}.tmp`)
  try {
    await writeNew(temporary, content)
    await rename(temporary, join(directory, name))
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
}

async function writeNew(path: string, content: Uint8Array): Promise<void> {
  const handle = await open(path, 'wx', 0o600)
  try {
    await handle.writeFile(content)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** The content of a regular file; `undefined` where there is none, or one with more than `maxBytes`. */
export async function readFileUpTo(path: string, maxBytes: number): Promise<Uint8Array | undefined> {
  const handle = await openForReading(path)
  if (handle === undefined) return undefined
  try {
    const stat = await handle.stat()
    return stat.isFile() && stat.size <= maxBytes ? await readBytes(handle, stat.size) : undefined
  } finally {
    await handle.close()
  }
}

/** Without waiting for a writer, should somebody have put a pipe there. */
async function openForReading(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException // whatever `open` throws is one
    if (code === 'ENOENT') return undefined
    throw error
  }
}

/** At most `size` bytes: the file may have grown since it was looked at. */
async function readBytes(handle: FileHandle, size: number): Promise<Uint8Array> {
  const buffer = new Uint8Array(size)
  let length = 0
  while (length < size) {
    const { bytesRead } = await handle.read(buffer, length, size - length, length)
    if (bytesRead === 0) break
    length += bytesRead
  }
  return buffer.subarray(0, length)
}
