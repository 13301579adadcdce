// From a path to an entry, step by step, as the kernel does it (path_resolution(7)).
import type { DirectoryEntry, Entry, Inode } from '../store/store.js'
import { createFsError, type Subject } from './fs-error.js'
import { assertNameLength, type ParsedPath, parsePath } from './path.js'

/** Where the entry of the root directory itself is kept, once it differs from that of a new vault. No path names it. */
export const rootPlace = { directory: 0n, name: '/' } as const
export const rootInode: Inode = 1n

/** A directory on the way, and where its own entry is. */
export interface Step {
  readonly directory: Inode
  readonly name: string
  readonly entry: DirectoryEntry
}

export interface Found {
  /** The directories from the root to the one that holds `name`. Of '.', '..' and '/', that directory itself is the last. */
  readonly parents: readonly [Step, ...Step[]]
  /** Undefined for paths that end in '.', '..', or are the root. */
  readonly name: string | undefined
  readonly entry: Entry | undefined
  readonly hasTrailingSlash: boolean
  readonly lastPart: string
}

export interface Lookup {
  get(directory: Inode, name: string): Promise<Entry | undefined>
}

/**
 * What happens to a link at the end: it is followed; only before a trailing slash; never. `create` follows, `createNew` does not: both are
 * for what can be no directory, so a trailing slash is all there is to know.
 */
export type Follow = 'always' | 'slash' | 'never' | 'create' | 'createNew'

const maxLinks = 40

/** @throws FsError ENOENT, ENOTDIR, ELOOP, ENAMETOOLONG */
export async function walk(lookup: Lookup, text: string, follow: Follow, subject: Subject): Promise<Found> {
  const walker = new Walker(lookup, follow, subject)
  return walker.walk(parsePath(text, subject))
}

class Walker {
  readonly #lookup: Lookup
  readonly #follow: Follow
  readonly #subject: Subject
  #steps: [Step, ...Step[]] | undefined
  #links = 0

  constructor(lookup: Lookup, follow: Follow, subject: Subject) {
    this.#lookup = lookup
    this.#follow = follow
    this.#subject = subject
  }

  async walk(path: ParsedPath): Promise<Found> {
    this.#steps = [await this.#root()]
    let parts = path.parts
    let hasTrailingSlash = path.hasTrailingSlash
    for (;;) {
      const [part, ...rest] = parts
      if (part === undefined || part === '.' || part === '..') {
        if (part === '..' && this.#parents.length > 1) this.#parents.pop()
        if (rest.length === 0) return this.#directoryItself(part ?? '', hasTrailingSlash)
        parts = rest
        continue
      }
      const isLast = rest.length === 0
      if (isLast && hasTrailingSlash && this.#follow.startsWith('create')) throw createFsError('EISDIR', this.#subject)
      assertNameLength(part, this.#subject)
      const entry = await this.#lookup.get(this.#top.entry.inode, part)
      if (entry?.kind === 'link' && (!isLast || this.#follows(hasTrailingSlash))) {
        const target = this.#expand(entry.target)
        if (target.isAbsolute) this.#parents.splice(1)
        if (isLast) hasTrailingSlash ||= target.hasTrailingSlash
        parts = [...target.parts, ...rest]
        continue
      }
      if (isLast) return this.#last(part, entry, hasTrailingSlash)
      this.#enter(part, entry)
      parts = rest
    }
  }

  get #parents(): [Step, ...Step[]] {
    if (this.#steps === undefined) throw createFsError('ENOENT', this.#subject)
    return this.#steps
  }

  get #top(): Step {
    return this.#parents[this.#parents.length - 1] ?? this.#parents[0]
  }

  async #root(): Promise<Step> {
    const entry = await this.#lookup.get(rootPlace.directory, rootPlace.name)
    return { ...rootPlace, entry: entry?.kind === 'directory' ? entry : newRoot }
  }

  #follows(hasTrailingSlash: boolean): boolean {
    return this.#follow === 'always' || this.#follow === 'create' || (this.#follow === 'slash' && hasTrailingSlash)
  }

  #expand(target: string): ParsedPath {
    if (++this.#links > maxLinks) throw createFsError('ELOOP', this.#subject)
    return parsePath(target, this.#subject)
  }

  #enter(name: string, entry: Entry | undefined): void {
    if (entry === undefined) throw createFsError('ENOENT', this.#subject)
    if (entry.kind !== 'directory') throw createFsError('ENOTDIR', this.#subject)
    this.#parents.push({ directory: this.#top.entry.inode, name, entry })
  }

  #last(name: string, entry: Entry | undefined, hasTrailingSlash: boolean): Found {
    const isDecided = this.#follow === 'always' || this.#follow === 'slash'
    if (hasTrailingSlash && isDecided && entry !== undefined && entry.kind !== 'directory') {
      throw createFsError('ENOTDIR', this.#subject)
    }
    return { parents: this.#parents, name, entry, hasTrailingSlash, lastPart: name }
  }

  #directoryItself(lastPart: string, hasTrailingSlash: boolean): Found {
    return { parents: this.#parents, name: undefined, entry: this.#top.entry, hasTrailingSlash, lastPart }
  }
}

/** Until something changes it. */
const newRoot: DirectoryEntry = {
  kind: 'directory',
  inode: rootInode,
  mode: 0o755,
  atimeMs: 0,
  mtimeMs: 0,
  ctimeMs: 0,
  birthtimeMs: 0
}

/** The directory that a found entry is in. */
export function parentOf(found: Found): Step {
  return found.parents[found.parents.length - 1] ?? found.parents[0]
}

/** Absolute and without links, within the vault. */
export function pathOf(found: Found): string {
  const names = found.parents.slice(1).map(({ name }) => name)
  return `/${[...names, ...(found.name === undefined ? [] : [found.name])].join('/')}`
}
