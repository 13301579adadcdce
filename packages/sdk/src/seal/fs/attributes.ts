// stat, access, chmod, utimes.
import { constants } from 'node:fs'
import type { Entry } from '../store/store.js'
import { createFsError, type Subject } from './fs-error.js'
import type { OpenDirectory } from './open-files.js'
import { type Change, type Look, placeOf } from './scope.js'
import type { Session } from './session.js'
import { VaultStats } from './stats.js'
import { parseMode, parseTime } from './values.js'
import type { Follow } from './walk.js'

export async function stat(look: Look, path: string, follow: Follow, subject: Subject): Promise<VaultStats> {
  return new VaultStats((await look.find(path, follow, subject)).entry)
}

/** As for a privileged user: everything may be read and written, and executed when somebody may execute it. */
export async function access(look: Look, path: string, mode: number, isReadOnly: boolean): Promise<void> {
  const subject = { syscall: 'access', path }
  if (!Number.isInteger(mode) || mode < 0 || mode > 7) throw createFsError('EINVAL', subject)
  const { entry } = await look.find(path, 'always', subject)
  if ((mode & constants.W_OK) !== 0 && isReadOnly) throw createFsError('EROFS', subject)
  if ((mode & constants.X_OK) !== 0 && entry.kind === 'file' && (entry.mode & 0o111) === 0) {
    throw createFsError('EACCES', subject)
  }
}

export async function chmod(change: Change, path: string, mode: number | string): Promise<void> {
  await changeEntry(change, path, 'always', { syscall: 'chmod', path }, (entry) => ({
    ...entry,
    mode: parseMode(mode)
  }))
}

export async function utimes(
  change: Change,
  path: string,
  [atime, mtime]: readonly [atime: number | string | Date, mtime: number | string | Date],
  follow: Follow
): Promise<void> {
  const subject = { syscall: follow === 'always' ? 'utime' : 'lutime', path }
  const times = { atimeMs: parseTime(atime, 'atime', change.now), mtimeMs: parseTime(mtime, 'mtime', change.now) }
  await changeEntry(change, path, follow, subject, (entry) => ({ ...entry, ...times }))
}

async function changeEntry(
  change: Change,
  path: string,
  follow: Follow,
  subject: Subject,
  changed: (entry: Entry) => Entry
): Promise<void> {
  const found = await change.find(path, follow, subject)
  change.put(placeOf(found), { ...changed(found.entry), ctimeMs: change.now })
}

export type Attributes = Partial<Pick<Entry, 'mode' | 'atimeMs' | 'mtimeMs'>>

/** Of a directory that is open; of one that was removed, what it was. */
export async function statDirectory(session: Session, { entry, location }: OpenDirectory): Promise<VaultStats> {
  if (location === undefined) return new VaultStats(entry, 0)
  const now = await session.look((look) => look.get(location.directory, location.name))
  return new VaultStats(now ?? entry)
}

export async function changeDirectory(
  session: Session,
  directory: OpenDirectory,
  fields: Attributes,
  syscall: string
): Promise<void> {
  const { entry, location } = directory
  if (location === undefined) {
    directory.entry = { ...entry, ...fields }
    return
  }
  await session.change({ syscall }, async (change) => {
    const now = (await change.get(location.directory, location.name)) ?? entry
    change.put(location, { ...now, ...fields, ctimeMs: change.now })
  })
}
