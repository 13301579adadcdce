// rename, unlink, rm: what names stand for. Files that are open outlive their names.
import type { Entry, Inode } from '../store/store.js'
import { createFsError, createHighLevelError, type Subject } from './fs-error.js'
import { type Change, placeOf, present } from './scope.js'
import { type Found, parentOf } from './walk.js'

/** rename(2). */
export async function rename(change: Change, path: string, dest: string): Promise<void> {
  const subject = { syscall: 'rename', path, dest }
  const from = await change.walk(path, 'never', subject)
  const to = await change.walk(dest, 'never', subject)
  if (from.name === undefined || to.name === undefined) throw createFsError('EBUSY', subject)
  const entry = present(from.entry, subject)
  assertSlashes(entry, from, to, subject)
  if (isWithin(to, entry.inode)) throw createFsError('EINVAL', subject)
  if (to.entry !== undefined && isWithin(from, to.entry.inode)) throw createFsError('ENOTEMPTY', subject)
  if (to.entry?.inode === entry.inode) return
  if (to.entry !== undefined) {
    await assertReplaceable(change, entry, to.entry, subject)
    change.remove(to.entry, placeOf(to))
  }
  change.move({ ...entry, ctimeMs: change.now }, placeOf(from), placeOf(to))
  change.touchParent(from)
  if (parentOf(to).entry.inode !== parentOf(from).entry.inode) change.touchParent(to)
}

function assertSlashes(entry: Entry, from: Found, to: Found, subject: Subject): void {
  if (entry.kind !== 'directory' && (from.hasTrailingSlash || to.hasTrailingSlash))
    throw createFsError('ENOTDIR', subject)
}

function isWithin(found: Found, inode: Inode): boolean {
  return found.parents.some(({ entry }) => entry.inode === inode)
}

async function assertReplaceable(change: Change, entry: Entry, earlier: Entry, subject: Subject): Promise<void> {
  if (entry.kind === 'directory') {
    if (earlier.kind !== 'directory') throw createFsError('ENOTDIR', subject)
    if (!(await isEmpty(change, earlier.inode))) throw createFsError('ENOTEMPTY', subject)
  } else if (earlier.kind === 'directory') throw createFsError('EISDIR', subject)
}

export async function isEmpty(change: Change, directory: Inode): Promise<boolean> {
  for await (const _ of change.list(directory)) return false
  return true
}

/** unlink(2). */
export async function unlink(change: Change, path: string): Promise<void> {
  const subject = { syscall: 'unlink', path }
  const found = await change.walk(path, 'never', subject)
  if (found.name === undefined) throw createFsError('EISDIR', subject)
  const entry = present(found.entry, subject)
  if (entry.kind === 'directory') throw createFsError('EISDIR', subject)
  if (found.hasTrailingSlash) throw createFsError('ENOTDIR', subject)
  change.remove(entry, placeOf(found))
  change.touchParent(found)
}

export interface RmOptions {
  /** What is not there is no error. */
  readonly force?: boolean
  /** Directories too, with everything in them: all of it in one step, or nothing. */
  readonly recursive?: boolean
}

/** As fs.rm. */
export async function rm(change: Change, path: string, { force, recursive }: RmOptions): Promise<void> {
  const subject = { syscall: 'rm', path }
  const found = await findForRemoval(change, path, force === true, subject)
  if (found === undefined) return
  const entry = present(found.entry, subject)
  if (entry.kind === 'directory' && recursive !== true) {
    throw createHighLevelError('ERR_FS_EISDIR', 'Path is a directory', subject)
  }
  if (found.name === undefined) throw createFsError(found.parents.length === 1 ? 'EBUSY' : 'EINVAL', subject)
  if (entry.kind === 'directory') await removeWithin(change, entry.inode)
  change.remove(entry, placeOf(found))
  change.touchParent(found)
}

async function findForRemoval(
  change: Change,
  path: string,
  force: boolean,
  subject: Subject
): Promise<Found | undefined> {
  try {
    return await change.find(path, 'slash', subject)
  } catch (error) {
    if (force && error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}

async function removeWithin(change: Change, directory: Inode): Promise<void> {
  const names: (readonly [string, Entry])[] = []
  for await (const item of change.list(directory)) names.push(item)
  for (const [name, entry] of names) {
    if (entry.kind === 'directory') await removeWithin(change, entry.inode)
    change.remove(entry, { directory, name })
  }
}
