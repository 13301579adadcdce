// Whole files: readFile, writeFile, appendFile, truncate. A file that is written whole is replaced in one step.
import type { ContentWriter, Extent, FileEntry, ObjectRef } from '../store/store.js'
import { compact } from './compaction.js'
import { overlay, trim } from './extents.js'
import { createFsError, fileTooLarge, type Subject, throwIfAborted } from './fs-error.js'
import { readExtents } from './read-extents.js'
import { type Change, type Look, placeOf } from './scope.js'
import type { Session } from './session.js'
import { bytesOf, modeOfNew } from './values.js'
import { type Found, parentOf } from './walk.js'

/** As Node has it for `readFile`. */
const maxWholeBytes = 2 ** 31 - 1
/** Longest file. */
export const maxFileBytes: number = 2 ** 43
const pieceBytes = 4 << 20

export async function readFile(look: Look, path: string, signal: AbortSignal | undefined): Promise<Buffer> {
  const { entry } = await look.find(path, 'always', { syscall: 'open', path })
  if (entry.kind !== 'file') throw createFsError('EISDIR', { syscall: 'read' })
  return readContent(look, entry, signal)
}

/** All of it. @throws FsError ERR_FS_FILE_TOO_LARGE */
export async function readContent(look: Look, entry: FileEntry, signal: AbortSignal | undefined): Promise<Buffer> {
  if (entry.size > maxWholeBytes) throw fileTooLarge(entry.size)
  const whole = Buffer.from(new ArrayBuffer(entry.size))
  const file = look.files.get(entry.inode)
  for (let at = 0; at < whole.length; at += pieceBytes) {
    throwIfAborted(signal)
    const piece = whole.subarray(at, at + pieceBytes)
    if (file?.isBuffering === true) await file.read(piece, at)
    else await readExtents(look.view, entry.extents, piece, at)
  }
  return whole
}

export interface WriteRequest {
  readonly path: string
  readonly data: unknown
  readonly encoding: BufferEncoding | undefined
  readonly mode: number | string | undefined
  readonly exclusive: boolean
  readonly signal: AbortSignal | undefined
}

/** Replaces what the file holds, or makes it: in one step, so that nobody ever sees half of it. */
export async function writeFile(session: Session, request: WriteRequest): Promise<void> {
  const subject = { syscall: 'open', path: request.path }
  if (isStream(request.data)) await session.look((look) => findWritable(look, request, subject))
  const content = await writeContent(session, request, subject)
  await session.change(subject, async (change) => {
    const found = await findWritable(change, request, subject)
    putContent(change, found, content, request.mode)
  })
}

/** Adds to the end of a file, or makes it. */
export async function appendFile(session: Session, request: WriteRequest): Promise<void> {
  const subject = { syscall: 'open', path: request.path }
  const content = await writeContent(session, request, subject)
  await session.change(subject, async (change) => {
    const found = await findWritable(change, request, subject)
    const at = found.entry?.kind === 'file' ? found.entry.size : 0
    const before = found.entry?.kind === 'file' ? found.entry.extents : []
    const extents = overlay(
      before,
      content.extents.map((extent) => ({ ...extent, at }))
    )
    const whole = { size: at + content.size, extents: await compact(session.store(), extents) }
    putContent(change, found, whole, request.mode)
  })
}

export async function truncate(change: Change, path: string, size: number): Promise<void> {
  const subject = { syscall: 'open', path }
  const found = await change.find(path, 'always', subject)
  if (found.entry.kind !== 'file') throw createFsError('EISDIR', subject)
  if (size > maxFileBytes) throw createFsError('EFBIG', { syscall: 'ftruncate' })
  putContent(change, found, { size, extents: trim(found.entry.extents, size) }, undefined)
}

/** Where a file can be written: what is there, or where it would be. @throws FsError as open(2) */
export async function findWritable(
  look: Look,
  { path, exclusive }: { readonly path: string; readonly exclusive: boolean },
  subject: Subject = { syscall: 'open', path }
): Promise<Found> {
  const found = await look.walk(path, exclusive ? 'createNew' : 'create', subject)
  if (found.entry === undefined) return found
  if (exclusive) throw createFsError('EEXIST', subject)
  if (found.entry.kind !== 'file') throw createFsError('EISDIR', subject)
  return found
}

interface Content {
  readonly size: number
  readonly extents: readonly Extent[]
}

/** Gives a file its content; a file that is not there is made. */
export function putContent(
  change: Change,
  found: Found,
  { size, extents }: Content,
  mode: number | string | undefined
): FileEntry {
  const entry: FileEntry = {
    ...(found.entry?.kind === 'file' ? found.entry : newFile(change, mode)),
    size,
    extents,
    mtimeMs: change.now,
    ctimeMs: change.now
  }
  change.put(placeOf(found), entry)
  if (found.entry === undefined) change.touch(parentOf(found))
  return entry
}

function newFile(change: Change, mode: number | string | undefined): FileEntry {
  const times = { atimeMs: change.now, mtimeMs: change.now, ctimeMs: change.now, birthtimeMs: change.now }
  const inode = change.transaction.createInode()
  return { kind: 'file', inode, mode: modeOfNew(mode, 0o666), size: 0, extents: [], ...times }
}

async function writeContent(session: Session, request: WriteRequest, subject: Subject): Promise<Content> {
  throwIfAborted(request.signal)
  const writer = session.writeContent(subject)
  try {
    for await (const part of partsOf(request)) {
      throwIfAborted(request.signal)
      if (part.length > 0) await writer.write(part)
    }
    return await finish(writer)
  } catch (error) {
    await writer.discard()
    throw error
  }
}

async function finish(writer: ContentWriter): Promise<Content> {
  const size = writer.length
  if (size > maxFileBytes) throw createFsError('EFBIG', { syscall: 'write' })
  if (size > 0) return { size, extents: [wholeExtent(await writer.finish(), size)] }
  await writer.discard()
  return { size, extents: [] }
}

function wholeExtent(object: ObjectRef, length: number): Extent {
  return { at: 0, length, from: 0, object }
}

async function* partsOf({ data, encoding }: WriteRequest): AsyncGenerator<Uint8Array> {
  if (!isStream(data)) {
    const whole = bytesOf(data, encoding)
    for (let at = 0; at < whole.length; at += pieceBytes) yield whole.subarray(at, at + pieceBytes)
    return
  }
  for await (const part of data) yield bytesOf(part, encoding)
}

/** Node streams, Web streams, generators, arrays of parts. */
export function isStream(data: unknown): data is AsyncIterable<unknown> | Iterable<unknown> {
  if (typeof data !== 'object' || data === null || ArrayBuffer.isView(data)) return false
  return Symbol.asyncIterator in data || Symbol.iterator in data
}
