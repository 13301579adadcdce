// All files that are open in this process, by inode: what one handle writes, others and `stat` see at once.
import type { DirectoryEntry, Entry, FileEntry, Inode } from '../store/store.js'
import { type Location, OpenFile, type OpenFileContext } from './open-file.js'

/** A directory that handles have open. */
export interface OpenDirectory {
  readonly inode: Inode
  /** As it was when it was opened, and in the end when it was removed. */
  entry: DirectoryEntry
  /** Undefined once it is removed. */
  location: Location | undefined
  handles: number
}

export class OpenFiles {
  readonly #context: OpenFileContext
  readonly #files = new Map<Inode, OpenFile>()
  readonly #directories = new Map<Inode, OpenDirectory>()

  constructor(context: OpenFileContext) {
    this.#context = context
  }

  get(inode: Inode): OpenFile | undefined {
    return this.#files.get(inode)
  }

  /** One handle more. The caller calls `release` for each. */
  open(entry: FileEntry, location: Location): OpenFile {
    const file = this.#files.get(entry.inode) ?? new OpenFile(this.#context, entry, location)
    this.#files.set(entry.inode, file)
    file.handles++
    return file
  }

  release(file: OpenFile): void {
    file.handles--
    if (file.handles === 0) this.#files.delete(file.inode)
  }

  openDirectory(entry: DirectoryEntry, location: Location): OpenDirectory {
    const directory = this.#directories.get(entry.inode) ?? { inode: entry.inode, entry, location, handles: 0 }
    this.#directories.set(entry.inode, directory)
    directory.handles++
    return directory
  }

  releaseDirectory(directory: OpenDirectory): void {
    directory.handles--
    if (directory.handles === 0) this.#directories.delete(directory.inode)
  }

  /** What is open moves with its name. */
  moved(inode: Inode, location: Location): void {
    const open = this.#files.get(inode) ?? this.#directories.get(inode)
    if (open !== undefined) open.location = location
  }

  /** What is open has no name any more. */
  removed(last: Entry): void {
    const directory = this.#directories.get(last.inode)
    if (directory !== undefined && last.kind === 'directory') directory.entry = last
    const open = this.#files.get(last.inode) ?? directory
    if (open !== undefined) open.location = undefined
  }

  /** Those with a name and something to commit. */
  dirty(): readonly OpenFile[] {
    return [...this.#files.values()].filter((file) => file.isDirty && file.location !== undefined)
  }
}
