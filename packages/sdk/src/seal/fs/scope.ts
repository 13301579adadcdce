// What an operation works on: one version to look at, or one transaction to change. Open files show what their handles wrote.
import type { DirectoryEntry, Entry, FileEntry, Inode, Transaction, View } from '../store/store.js'
import { createFsError, type Subject } from './fs-error.js'
import type { Location, OpenFile } from './open-file.js'
import type { OpenFiles } from './open-files.js'
import { type Follow, type Found, type Lookup, parentOf, rootPlace, type Step, walk } from './walk.js'

/** One version, for looking. */
export class Look implements Lookup {
  readonly view: View
  readonly files: OpenFiles

  constructor(view: View, files: OpenFiles) {
    this.view = view
    this.files = files
  }

  async get(directory: Inode, name: string): Promise<Entry | undefined> {
    const entry = await this.view.get(directory, name)
    return entry?.kind === 'file' ? (this.files.get(entry.inode)?.entry ?? entry) : entry
  }

  async *list(directory: Inode): AsyncGenerator<readonly [name: string, entry: Entry]> {
    yield* this.view.list(directory)
  }

  walk(path: string, follow: Follow, subject: Subject): Promise<Found> {
    return walk(this, path, follow, subject)
  }

  /** What the path names. @throws FsError ENOENT */
  async find(path: string, follow: Follow, subject: Subject): Promise<Found & { readonly entry: Entry }> {
    const found = await this.walk(path, follow, subject)
    return { ...found, entry: present(found.entry, subject) }
  }
}

export interface ChangeContext {
  readonly files: OpenFiles
  readonly now: () => number
}

/** What a transaction did to something that may be open. */
type Touch =
  | { readonly kind: 'entry'; readonly entry: FileEntry }
  | { readonly kind: 'moved'; readonly at: Location }
  | { readonly kind: 'removed'; readonly last: Entry }

/** A transaction, for looking and changing. Open files learn of the changes when its work is done: `settle` on success, `release` always. */
export class Change extends Look {
  readonly transaction: Transaction
  readonly now: number
  /** Files that are open, as they were found, and as they are now. */
  readonly #found = new Map<Inode, FileEntry>()
  readonly #current = new Map<Inode, FileEntry>()
  readonly #touched: [Inode, Touch][] = []
  readonly #held: (() => void)[] = []
  /** One operation lets no handle write meanwhile; work of the caller may itself use handles. */
  readonly #holds: boolean

  constructor(transaction: Transaction, { files, now }: ChangeContext, holds: boolean) {
    super(transaction, files)
    this.transaction = transaction
    this.now = now()
    this.#holds = holds
  }

  /** With everything that handles wrote, in objects. */
  override async get(directory: Inode, name: string): Promise<Entry | undefined> {
    const entry = await this.transaction.get(directory, name)
    if (entry?.kind !== 'file') return entry
    const known = this.#current.get(entry.inode)
    if (known !== undefined) return known
    const file = this.files.get(entry.inode)
    return file === undefined ? entry : this.#takeIn(file)
  }

  put({ directory, name }: Location, entry: Entry): void {
    this.transaction.put(directory, name, entry)
    if (entry.kind === 'file') this.#noteFile(entry)
  }

  /** A file that moves keeps its handles. */
  move(entry: Entry, from: Location, to: Location): void {
    this.transaction.remove(from.directory, from.name)
    this.transaction.put(to.directory, to.name, entry)
    if (entry.kind === 'file') this.#noteFile(entry)
    this.#touched.push([entry.inode, { kind: 'moved', at: to }])
  }

  remove(entry: Entry, { directory, name }: Location): void {
    this.transaction.remove(directory, name)
    this.#touched.push([entry.inode, { kind: 'removed', last: entry }])
  }

  /** Its list of names has changed. */
  touch({ directory, name, entry }: Step): void {
    const changed: DirectoryEntry = { ...entry, mtimeMs: this.now, ctimeMs: this.now }
    this.transaction.put(directory, name, changed)
  }

  touchParent(found: Found): void {
    this.touch(parentOf(found))
  }

  settle(): void {
    for (const [inode, touch] of this.#touched) {
      if (touch.kind === 'moved') this.files.moved(inode, touch.at)
      else if (touch.kind === 'removed') this.files.removed(touch.last)
      else this.files.get(inode)?.committed(touch.entry, this.#found.get(inode))
    }
  }

  release(): void {
    for (const release of this.#held) release()
  }

  async #takeIn(file: OpenFile): Promise<FileEntry> {
    const entry = await (this.#holds ? this.#hold(file) : file.flush())
    this.#found.set(entry.inode, entry)
    this.#current.set(entry.inode, entry)
    return entry
  }

  #noteFile(entry: FileEntry): void {
    if (this.#current.has(entry.inode)) this.#current.set(entry.inode, entry)
    this.#touched.push([entry.inode, { kind: 'entry', entry }])
  }

  async #hold(file: OpenFile): Promise<FileEntry> {
    const { entry, release } = await file.hold()
    this.#held.push(release)
    return entry
  }
}

/** Where the entry of what was found is kept. */
export function placeOf(found: Found): Location {
  const parent = parentOf(found)
  if (found.name !== undefined) return { directory: parent.entry.inode, name: found.name }
  return found.parents.length === 1 ? rootPlace : { directory: parent.directory, name: parent.name }
}

/** @throws FsError ENOENT */
export function present(entry: Entry | undefined, subject: Subject): Entry {
  if (entry === undefined) throw createFsError('ENOENT', subject)
  return entry
}
