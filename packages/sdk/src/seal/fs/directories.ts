// mkdir, mkdtemp, rmdir, readdir.
import { posix } from 'node:path'
import type { DirectoryEntry, Entry } from '../store/store.js'
import { createFsError, type Subject } from './fs-error.js'
import { isEmpty } from './names.js'
import { type Change, type Look, placeOf, present } from './scope.js'
import { VaultDirent } from './stats.js'
import { modeOfNew } from './values.js'
import { type Found, parentOf } from './walk.js'

export async function mkdir(change: Change, path: string, mode: number | string | undefined): Promise<void> {
  const subject = { syscall: 'mkdir', path }
  const found = await change.walk(path, 'never', subject)
  if (found.entry !== undefined) throw createFsError('EEXIST', subject)
  putDirectory(change, found, mode)
}

/** Resolves to the first directory that was made, as a part of `path`; undefined when all were there. */
export async function mkdirAll(
  change: Change,
  path: string,
  mode: number | string | undefined
): Promise<string | undefined> {
  const subject = { syscall: 'mkdir', path }
  let first: string | undefined
  for (const prefix of prefixesOf(path)) {
    const found = await change.walk(prefix, 'never', subject)
    const isLast = prefix === trimmed(path)
    const entry = found.entry?.kind === 'link' ? await followed(change, prefix, subject, isLast) : found.entry
    if (entry === undefined) {
      putDirectory(change, found, mode)
      first ??= prefix
    } else if (entry.kind !== 'directory') throw createFsError(isLast ? 'EEXIST' : 'ENOTDIR', subject)
  }
  return first
}

/** What a link leads to. One that leads nowhere is in the way. */
async function followed(change: Change, path: string, subject: Subject, isLast: boolean): Promise<Entry> {
  try {
    return (await change.find(path, 'always', subject)).entry
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error
    throw createFsError(isLast ? 'ENOENT' : 'ENOTDIR', { syscall: 'mkdir', path })
  }
}

/** A directory of a new name that begins with `prefix`. Resolves to its path. */
export async function mkdtemp(change: Change, prefix: string, random: (length: number) => Uint8Array): Promise<string> {
  const path = `${prefix}${randomName(random)}`
  const subject = { syscall: 'mkdtemp', path: `${prefix}XXXXXX` }
  const found = await change.walk(path, 'never', subject)
  if (found.entry !== undefined) return mkdtemp(change, prefix, random)
  putDirectory(change, found, 0o700)
  return path
}

export async function rmdir(change: Change, path: string): Promise<void> {
  const subject = { syscall: 'rmdir', path }
  const found = await change.walk(path, 'never', subject)
  if (found.name === undefined) throw createFsError(refusalOf(found), subject)
  const entry = present(found.entry, subject)
  if (entry.kind !== 'directory') throw createFsError('ENOTDIR', subject)
  if (!(await isEmpty(change, entry.inode))) throw createFsError('ENOTEMPTY', subject)
  change.remove(entry, placeOf(found))
  change.touchParent(found)
}

export interface Listed {
  readonly entry: VaultDirent
  /** From the directory that was listed. */
  readonly relative: string
}

/** Everything in a directory, in the order of the names' bytes; with `recursive`, then what is in the directories below. */
export async function readdir(look: Look, path: string, recursive: boolean): Promise<readonly Listed[]> {
  const subject = { syscall: 'scandir', path }
  const { entry } = await look.find(path, 'always', subject)
  return list(look, asDirectory(entry, subject), { path, before: '', recursive })
}

interface Listing {
  readonly path: string
  /** What names begin with. */
  readonly before: string
  readonly recursive: boolean
}

async function list(
  look: Look,
  directory: DirectoryEntry,
  { path, before, recursive }: Listing
): Promise<readonly Listed[]> {
  const found: Listed[] = []
  const below: (readonly [DirectoryEntry, string])[] = []
  for await (const [name, entry] of look.list(directory.inode)) {
    found.push({ entry: new VaultDirent(name, path, entry.kind), relative: `${before}${name}` })
    if (recursive && entry.kind === 'directory') below.push([entry, name])
  }
  for (const [entry, name] of below) {
    const listing = { path: posix.join(path, name), before: `${before}${name}/`, recursive }
    for (const item of await list(look, entry, listing)) found.push(item)
  }
  return found
}

function asDirectory(entry: Entry, subject: Subject): DirectoryEntry {
  if (entry.kind !== 'directory') throw createFsError('ENOTDIR', subject)
  return entry
}

function putDirectory(change: Change, found: Found, mode: number | string | undefined): void {
  const times = { atimeMs: change.now, mtimeMs: change.now, ctimeMs: change.now, birthtimeMs: change.now }
  const inode = change.transaction.createInode()
  change.put(placeOf(found), { kind: 'directory', inode, mode: modeOfNew(mode, 0o777), ...times })
  change.touch(parentOf(found))
}

/** rmdir(2) on '.', '..' and '/'. */
function refusalOf({ lastPart }: Found): 'EINVAL' | 'ENOTEMPTY' | 'EBUSY' {
  if (lastPart === '.') return 'EINVAL'
  return lastPart === '..' ? 'ENOTEMPTY' : 'EBUSY'
}

/** `a/b/c`: `a`, `a/b`, `a/b/c`. */
function prefixesOf(path: string): readonly string[] {
  if (path === '') return ['']
  const whole = trimmed(path)
  const ends = [...whole.matchAll(/[^/](?=\/)/g)].map((match) => match.index + 1)
  return [...ends.map((end) => whole.slice(0, end)), whole === '' ? '/' : whole]
}

function trimmed(path: string): string {
  return path.replace(/\/+$/, '')
}

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

function randomName(random: (length: number) => Uint8Array): string {
  return [...random(6)].map((byte) => letters[byte % letters.length]).join('')
}
