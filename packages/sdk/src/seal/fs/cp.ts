// cp: files, links and whole trees, by the rules of fs.cp of Node, in one step.
import { posix } from 'node:path'
import type { Entry } from '../store/store.js'
import { copyFile } from './copy.js'
import { mkdirAll } from './directories.js'
import { createHighLevelError } from './fs-error.js'
import { symlink } from './links.js'
import { unlink } from './names.js'
import { type Change, type Look, placeOf } from './scope.js'
import type { Session } from './session.js'
import { pathOf } from './walk.js'

export interface CpOptions {
  /** What links lead to is copied, not the links. */
  readonly dereference?: boolean
  /** With `force: false`, what is there already is an error. */
  readonly errorOnExist?: boolean
  /** What it does not accept is left out, with everything below. Asked before anything is copied. */
  readonly filter?: (source: string, destination: string) => boolean | Promise<boolean>
  /** Replaces what is there already; true unless given. */
  readonly force?: boolean
  /** For `copyFile`. */
  readonly mode?: number
  readonly preserveTimestamps?: boolean
  readonly recursive?: boolean
  /** Links are copied as they are, not made absolute. */
  readonly verbatimSymlinks?: boolean
}

/** @throws FsError with the codes of fs.cp: ERR_FS_EISDIR, ERR_FS_CP_EEXIST, ERR_FS_CP_EINVAL … */
export async function cp(session: Session, source: string, destination: string, options: CpOptions): Promise<void> {
  const subject = { syscall: 'cp', path: source, dest: destination }
  const accepted = options.filter === undefined ? undefined : new Set<string>()
  if (accepted !== undefined) await session.look((look) => filterTree(look, source, destination, options, accepted))
  await session.change(subject, (change) => new Copier(change, options, accepted).copy(source, destination, true))
}

/** Asks about a path, and about what is below when it is accepted. */
async function filterTree(
  look: Look,
  source: string,
  destination: string,
  options: CpOptions,
  accepted: Set<string>
): Promise<void> {
  const found = await look.find(source, options.dereference === true ? 'always' : 'slash', {
    syscall: 'lstat',
    path: source
  })
  if ((await options.filter?.(source, destination)) !== true) return
  accepted.add(source)
  if (found.entry.kind !== 'directory' || options.recursive !== true) return
  for (const name of await namesIn(look, found.entry)) {
    await filterTree(look, posix.join(source, name), posix.join(destination, name), options, accepted)
  }
}

class Copier {
  readonly #change: Change
  readonly #options: CpOptions
  readonly #accepted: ReadonlySet<string> | undefined

  constructor(change: Change, options: CpOptions, accepted: ReadonlySet<string> | undefined) {
    this.#change = change
    this.#options = options
    this.#accepted = accepted
  }

  async copy(source: string, destination: string, isFirst: boolean): Promise<void> {
    const follow = this.#options.dereference === true ? 'always' : 'slash'
    const from = await this.#change.find(source, follow, { syscall: 'lstat', path: source })
    const to = await this.#lookUp(destination, follow)
    if (to !== undefined) assertFitting(from.entry, to, source, destination)
    if (isFirst) await this.#assertNotWithin(from.entry, source, destination)
    if (this.#accepted?.has(source) === false) return
    if (isFirst) await mkdirAll(this.#change, posix.dirname(destination), undefined)
    if (from.entry.kind === 'directory') await this.#copyDirectory(from.entry, to, source, destination)
    else if (from.entry.kind === 'file') await this.#copyFile(from.entry, to, source, destination)
    else await this.#copyLink(from.entry.target, pathOf(from), to, destination)
  }

  async #copyDirectory(entry: Entry, to: Entry | undefined, source: string, destination: string): Promise<void> {
    if (this.#options.recursive !== true) {
      const subject = { syscall: 'cp', path: source }
      throw createHighLevelError('ERR_FS_EISDIR', 'Recursive option not enabled, cannot copy a directory', subject)
    }
    if (to === undefined) await mkdirAll(this.#change, destination, entry.mode)
    for (const name of await namesIn(this.#change, entry)) {
      await this.copy(posix.join(source, name), posix.join(destination, name), false)
    }
  }

  async #copyFile(entry: Entry, to: Entry | undefined, source: string, destination: string): Promise<void> {
    if (to !== undefined && !this.#replaces(destination)) return
    if (to?.kind === 'link') await unlink(this.#change, destination)
    await copyFile(this.#change, source, destination, this.#options.mode ?? 0)
    if (this.#options.preserveTimestamps === true) await this.#keepTimes(entry, destination)
  }

  /** False to leave what is there. @throws FsError ERR_FS_CP_EEXIST */
  #replaces(destination: string): boolean {
    if (this.#options.force !== false) return true
    if (this.#options.errorOnExist !== true) return false
    throw createHighLevelError('ERR_FS_CP_EEXIST', 'Target already exists', { syscall: 'cp', path: destination })
  }

  async #keepTimes({ atimeMs, mtimeMs }: Entry, destination: string): Promise<void> {
    const found = await this.#change.find(destination, 'always', { syscall: 'cp', path: destination })
    this.#change.put(placeOf(found), { ...found.entry, atimeMs, mtimeMs })
  }

  async #copyLink(target: string, source: string, to: Entry | undefined, destination: string): Promise<void> {
    const isVerbatim = this.#options.verbatimSymlinks === true || target.startsWith('/')
    if (to?.kind === 'link') await unlink(this.#change, destination)
    await symlink(this.#change, isVerbatim ? target : posix.resolve(posix.dirname(source), target), destination)
  }

  /** A tree is not copied into itself, nor a thing onto itself. */
  async #assertNotWithin(entry: Entry, source: string, destination: string): Promise<void> {
    if (entry.kind !== 'directory') return
    let above = destination
    do {
      const found = await this.#lookUp(above, 'always')
      const isWithin = found?.inode === entry.inode && above !== destination
      if (isWithin) {
        const reason = `Cannot copy ${source} to a subdirectory of self ${destination}`
        throw createHighLevelError('ERR_FS_CP_EINVAL', reason, { syscall: 'cp', path: destination })
      }
      above = posix.dirname(above)
    } while (above !== '/' && above !== '.')
  }

  async #lookUp(path: string, follow: 'always' | 'slash'): Promise<Entry | undefined> {
    try {
      return (await this.#change.walk(path, follow, { syscall: 'lstat', path })).entry
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
      throw error
    }
  }
}

function assertFitting(from: Entry, to: Entry, source: string, destination: string): void {
  const subject = { syscall: 'cp', path: destination }
  if (from.inode === to.inode)
    throw createHighLevelError('ERR_FS_CP_EINVAL', 'Source and destination must not be the same', subject)
  if (from.kind === 'directory' && to.kind !== 'directory') {
    const reason = `Cannot overwrite non-directory ${destination} with directory ${source}`
    throw createHighLevelError('ERR_FS_CP_DIR_TO_NON_DIR', reason, subject)
  }
  if (from.kind !== 'directory' && to.kind === 'directory') {
    const reason = `Cannot overwrite directory ${destination} with non-directory ${source}`
    throw createHighLevelError('ERR_FS_CP_NON_DIR_TO_DIR', reason, subject)
  }
}

async function namesIn(look: Look, directory: Entry): Promise<readonly string[]> {
  const names: string[] = []
  for await (const [name] of look.list(directory.inode)) names.push(name)
  return names
}
