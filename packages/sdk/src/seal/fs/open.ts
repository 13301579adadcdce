// open(2): from a path and flags to a file that handles share, or to a directory.
import { SealError } from '../../core/index.js'
import type { Entry, FileEntry } from '../store/store.js'
import { findWritable, putContent } from './contents.js'
import type { OpenFlags } from './flags.js'
import { createFsError, type Subject } from './fs-error.js'
import type { OpenFile } from './open-file.js'
import type { OpenDirectory } from './open-files.js'
import { type Look, placeOf, present } from './scope.js'
import type { Session } from './session.js'
import type { Found } from './walk.js'

/** What a handle is on. */
export type Opened =
  | { readonly kind: 'file'; readonly file: OpenFile; readonly isNew: boolean }
  | { readonly kind: 'directory'; readonly directory: OpenDirectory }

const maxAttempts = 20

/** The caller releases what it gets. @throws FsError as open(2) */
export async function openPath(
  session: Session,
  path: string,
  flags: OpenFlags,
  mode: number | string | undefined
): Promise<Opened> {
  const subject = { syscall: 'open', path }
  if (session.isReadOnly && (flags.canWrite || flags.truncates)) await refuseWriting(session, path, flags, subject)
  for (let attempt = 0; attempt < maxAttempts; attempt++) {
    const opened = await openExisting(session, path, flags, subject)
    if (opened !== undefined) return opened
    const created = await createAndOpen(session, path, flags, mode)
    if (created !== undefined) return { kind: 'file', file: created, isNew: true }
  }
  throw new SealError('ERR_SEALED_CONFLICT', `${path}: is replaced again and again while it is opened`)
}

/** The more particular error comes first, as on a disk that is mounted read-only. */
async function refuseWriting(session: Session, path: string, flags: OpenFlags, subject: Subject): Promise<never> {
  const { entry } = await session.look((look) => look.walk(path, 'always', subject))
  if (!flags.creates) present(entry, subject)
  throw createFsError(entry?.kind === 'directory' ? 'EISDIR' : 'EROFS', subject)
}

/** Undefined when there is nothing that could be opened as it is. */
async function openExisting(
  session: Session,
  path: string,
  flags: OpenFlags,
  subject: Subject
): Promise<Opened | undefined> {
  const found = await session.look((look) => findFor(look, path, flags, subject))
  if (found.entry === undefined) return undefined
  assertOpenable(found.entry, flags, subject)
  if (found.entry.kind === 'file') return openFile(session, found, found.entry)
  if (found.entry.kind !== 'directory') return undefined
  return { kind: 'directory', directory: session.files.openDirectory(found.entry, placeOf(found)) }
}

function findFor(look: Look, path: string, flags: OpenFlags, subject: Subject): Promise<Found> {
  if (flags.creates) return findWritable(look, { path, exclusive: flags.exclusive }, subject)
  return look.find(path, flags.refusesLinks ? 'slash' : 'always', subject)
}

function assertOpenable(entry: Entry, flags: OpenFlags, subject: Subject): void {
  if (entry.kind === 'link') throw createFsError('ELOOP', subject)
  if (entry.kind === 'directory' && (flags.canWrite || flags.truncates)) throw createFsError('EISDIR', subject)
  if (entry.kind === 'file' && flags.directoryOnly) throw createFsError('ENOTDIR', subject)
}

/** Undefined when the file was changed or moved between looking and opening: from then on it cannot escape us. */
async function openFile(session: Session, found: Found, entry: FileEntry): Promise<Opened | undefined> {
  const location = placeOf(found)
  const file = session.files.open(entry, location)
  const now = await session.look((look) => look.view.get(location.directory, location.name))
  if (now?.kind === 'file' && now.inode === file.inode) {
    if (file.handles === 1 && !file.isDirty) file.committed(now)
    return { kind: 'file', file, isNew: false }
  }
  session.files.release(file)
  return undefined
}

/** Undefined when somebody else made it first. */
async function createAndOpen(
  session: Session,
  path: string,
  flags: OpenFlags,
  mode: number | string | undefined
): Promise<OpenFile | undefined> {
  const subject = { syscall: 'open', path }
  let file: OpenFile | undefined
  try {
    await session.change(subject, async (change) => {
      const found = await findWritable(change, { path, exclusive: flags.exclusive }, subject)
      if (found.entry !== undefined) return
      const entry = putContent(change, found, { size: 0, extents: [] }, mode)
      file = session.files.open(entry, placeOf(found))
    })
    return file
  } catch (error) {
    if (file !== undefined) session.files.release(file)
    throw error
  }
}

/** Makes what was written through handles durable under the file's name, if it still has one. */
export async function commitFile(session: Session, file: OpenFile): Promise<void> {
  if (file.isDirty && file.location !== undefined) {
    const commit = commitNow(session, file)
    file.lastCommit = commit
    return commit
  }
  await file.lastCommit
}

async function commitNow(session: Session, file: OpenFile): Promise<void> {
  await file.flush()
  await session.change({ syscall: 'fsync' }, async (change) => {
    const place = file.location
    if (place === undefined) return
    const entry = await change.get(place.directory, place.name)
    if (entry?.kind === 'file' && entry.inode === file.inode) change.put(place, entry)
  })
}
