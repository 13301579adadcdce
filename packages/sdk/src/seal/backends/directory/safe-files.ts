// Files as this backend touches them: only regular ones, never through a link, with every read and write carried to its end.
import { constants } from 'node:fs'
import { dirname } from 'node:path'
import { SealError } from '../../../core/index.js'
import { codeOf, type FileSystem, type OpenFile } from './file-system.js'

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_RDWR } = constants

/** Without O_NONBLOCK a FIFO in the place of a file would hold the opener for ever. */
const always = O_NOFOLLOW | O_NONBLOCK

const privateFile = 0o600
export const privateDirectory = 0o700

/** `undefined` when there is none. A file with more names may be another's. @throws SealError ERR_SEALED_FORMAT for a link, a directory or anything else that is no plain file */
export async function openFile(
  fs: FileSystem,
  path: string,
  access: 'read' | 'write',
  maxNames = 1n
): Promise<OpenFile | undefined> {
  const file = await openIfThere(fs, path, (access === 'read' ? O_RDONLY : O_RDWR) | always)
  if (file === undefined) return undefined
  try {
    const { nlink, ...facts } = await factsOf(file)
    if (!facts.isFile || nlink > maxNames) throw noPlainFile(path)
    return file
  } catch (error) {
    await file.close()
    throw error
  }
}

/** Fails where something is already. */
export function createFile(fs: FileSystem, path: string): Promise<OpenFile> {
  return fs.open(path, O_RDWR | O_CREAT | O_EXCL | always, privateFile)
}

/** Up to `length` bytes: fewer only at the end of the file. */
export async function readFully(file: OpenFile, position: number, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length)
  let done = 0
  while (done < length) {
    const { bytesRead } = await file.read(bytes, done, length - done, position + done)
    if (bytesRead === 0) break
    done += bytesRead
  }
  return bytes.subarray(0, done)
}

export async function writeFully(file: OpenFile, bytes: Uint8Array, position: number): Promise<void> {
  let done = 0
  while (done < bytes.length) {
    done += (await file.write(bytes, done, bytes.length - done, position + done)).bytesWritten
  }
}

/** Makes the names in a directory durable. */
export async function syncDirectory(fs: FileSystem, path: string): Promise<void> {
  const directory = await fs.open(path, O_RDONLY | always)
  try {
    await directory.sync()
  } finally {
    await directory.close()
  }
}

/** A directory that only its owner may enter, with the parents it needs, all durable. */
export async function makeDirectory(fs: FileSystem, path: string): Promise<void> {
  const first = await fs.mkdir(path, privateDirectory)
  if (!(await isDirectory(fs, path))) throw noPlainFile(path)
  if (first === undefined) return
  for (let made = path; made.length >= first.length; made = dirname(made)) await syncDirectory(fs, dirname(made))
}

export async function isDirectory(fs: FileSystem, path: string): Promise<boolean> {
  return (await fs.lstat(path)).isDirectory()
}

export async function removeFile(fs: FileSystem, path: string): Promise<void> {
  try {
    await fs.unlink(path)
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error
  }
}

async function openIfThere(fs: FileSystem, path: string, flags: number): Promise<OpenFile | undefined> {
  try {
    return await fs.open(path, flags)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    if (codeOf(error) === 'ELOOP' || codeOf(error) === 'EISDIR' || codeOf(error) === 'ENXIO') throw noPlainFile(path)
    throw error
  }
}

async function factsOf(file: OpenFile): Promise<{ readonly isFile: boolean; readonly nlink: bigint }> {
  const facts = await file.stat()
  return { isFile: facts.isFile(), nlink: facts.nlink }
}

function noPlainFile(path: string): SealError {
  const name = path.split('/').at(-1) ?? ''
  return new SealError('ERR_SEALED_FORMAT', `directory: ${name} is a link or something else than it should be`, {
    details: { field: name }
  })
}
