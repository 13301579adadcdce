// symlink, readlink, realpath. Links lead within the vault only: an absolute target begins at the vault's root.
import { utf8 } from '../../core/index.js'
import { createFsError } from './fs-error.js'
import { maxPathBytes } from './path.js'
import { type Change, type Look, placeOf } from './scope.js'
import { parentOf, pathOf } from './walk.js'

export async function symlink(change: Change, target: string, path: string): Promise<void> {
  const subject = { syscall: 'symlink', path: target, dest: path }
  if (target === '') throw createFsError('ENOENT', subject)
  if (utf8(target).length > maxPathBytes) throw createFsError('ENAMETOOLONG', subject)
  const found = await change.walk(path, 'never', subject)
  if (found.name === undefined || found.entry !== undefined) throw createFsError('EEXIST', subject)
  if (found.hasTrailingSlash) throw createFsError('ENOENT', subject)
  const times = { atimeMs: change.now, mtimeMs: change.now, ctimeMs: change.now, birthtimeMs: change.now }
  change.put(placeOf(found), { kind: 'link', inode: change.transaction.createInode(), mode: 0o777, target, ...times })
  change.touch(parentOf(found))
}

export async function readlink(look: Look, path: string): Promise<string> {
  const subject = { syscall: 'readlink', path }
  const { entry } = await look.find(path, 'slash', subject)
  if (entry.kind !== 'link') throw createFsError('EINVAL', subject)
  return entry.target
}

/** Absolute, from the vault's root. */
export async function realpath(look: Look, path: string): Promise<string> {
  return pathOf(await look.find(path, 'always', { syscall: 'realpath', path }))
}
