// copyFile and cp. A copy shares the objects of its original: it costs an entry, whatever the size.
import { constants } from 'node:fs'
import type { FileEntry } from '../store/store.js'
import { findWritable, putContent } from './contents.js'
import { createFsError } from './fs-error.js'
import { type Change, placeOf } from './scope.js'

export async function copyFile(change: Change, path: string, dest: string, mode: number): Promise<void> {
  const subject = { syscall: 'copyfile', path, dest }
  if (!Number.isInteger(mode) || mode < 0 || mode > 7) throw createFsError('EINVAL', subject)
  const from = await change.find(path, 'always', subject)
  const to = await findWritable(change, { path: dest, exclusive: (mode & constants.COPYFILE_EXCL) !== 0 }, subject)
  if (from.entry.kind !== 'file') throw createFsError('EISDIR', subject)
  if (to.entry?.inode === from.entry.inode) return
  const entry = putContent(change, to, from.entry, from.entry.mode)
  change.put(placeOf(to), { ...entry, mode: from.entry.mode } satisfies FileEntry)
}
