// What `stat` tells, in the shape of fs.Stats, and what `readdir` tells, in the shape of fs.Dirent.
import { constants } from 'node:fs'
import type { Entry } from '../store/store.js'

export type EntryKind = Entry['kind']

const typeBits: Readonly<Record<EntryKind, number>> = {
  file: constants.S_IFREG,
  directory: constants.S_IFDIR,
  link: constants.S_IFLNK
}

/** The questions that both Stats and Dirent answer. What a vault cannot hold is always false. */
abstract class Kind {
  readonly #kind: EntryKind

  constructor(kind: EntryKind) {
    this.#kind = kind
  }

  isFile(): boolean {
    return this.#kind === 'file'
  }

  isDirectory(): boolean {
    return this.#kind === 'directory'
  }

  isSymbolicLink(): boolean {
    return this.#kind === 'link'
  }

  isBlockDevice(): boolean {
    return false
  }

  isCharacterDevice(): boolean {
    return false
  }

  isFIFO(): boolean {
    return false
  }

  isSocket(): boolean {
    return false
  }
}

/** As fs.Stats. `atime` is not moved by reading; owner and group are 0; there is one name for each file. */
export class VaultStats extends Kind {
  readonly dev: number = 0
  readonly ino: number
  readonly mode: number
  readonly nlink: number
  readonly uid: number = 0
  readonly gid: number = 0
  readonly rdev: number = 0
  readonly size: number
  readonly blksize: number = 4096
  readonly blocks: number
  readonly atimeMs: number
  readonly mtimeMs: number
  readonly ctimeMs: number
  readonly birthtimeMs: number
  readonly atime: Date
  readonly mtime: Date
  readonly ctime: Date
  readonly birthtime: Date

  constructor(entry: Entry, nlink = 1) {
    super(entry.kind)
    this.ino = Number(entry.inode)
    this.mode = typeBits[entry.kind] | entry.mode
    this.nlink = nlink
    this.size = sizeOf(entry)
    this.blocks = Math.ceil(this.size / 512)
    this.atimeMs = entry.atimeMs
    this.mtimeMs = entry.mtimeMs
    this.ctimeMs = entry.ctimeMs
    this.birthtimeMs = entry.birthtimeMs
    this.atime = new Date(entry.atimeMs)
    this.mtime = new Date(entry.mtimeMs)
    this.ctime = new Date(entry.ctimeMs)
    this.birthtime = new Date(entry.birthtimeMs)
  }
}

/** As fs.Dirent. */
export class VaultDirent extends Kind {
  readonly name: string
  readonly parentPath: string

  constructor(name: string, parentPath: string, kind: EntryKind) {
    super(kind)
    this.name = name
    this.parentPath = parentPath
  }

  /** The older name of `parentPath`. */
  get path(): string {
    return this.parentPath
  }
}

function sizeOf(entry: Entry): number {
  if (entry.kind === 'file') return entry.size
  return entry.kind === 'link' ? Buffer.byteLength(entry.target) : 0
}
