// The seam between files (names, flags, handles) and the store (objects, index, commits). Entries are found by directory and name, as in a
// file system; what they hold are immutable objects.

/** Number of a file, directory or link within its store; 1 is the root directory. Never used again. */
export type Inode = bigint

/** A stretch of a file. Where two overlap, the later one in the list counts; what none covers is zeros. */
export interface Extent {
  /** Where it begins in the file, in bytes. */
  readonly at: number
  readonly length: number
  /** Where it begins in the plaintext of its object. */
  readonly from: number
  readonly object: ObjectRef
}

/** An object and where its ciphertext lies now. */
export interface ObjectRef {
  /** 16 bytes. */
  readonly objectId: Uint8Array
  readonly generation: bigint
  readonly epoch: number
  readonly blob: string
  readonly offset: number
  /** Of the ciphertext. */
  readonly sealedLength: number
}

interface EntryBase {
  readonly inode: Inode
  /** Permission bits as a user would see them; kept, not enforced. */
  readonly mode: number
  /** Milliseconds since 1970, fractions allowed. */
  readonly atimeMs: number
  readonly mtimeMs: number
  readonly ctimeMs: number
  readonly birthtimeMs: number
}

export interface FileEntry extends EntryBase {
  readonly kind: 'file'
  readonly size: number
  readonly extents: readonly Extent[]
}

export interface DirectoryEntry extends EntryBase {
  readonly kind: 'directory'
}

export interface LinkEntry extends EntryBase {
  readonly kind: 'link'
  readonly target: string
}

export type Entry = FileEntry | DirectoryEntry | LinkEntry

/** One consistent version. */
export interface View {
  readonly sequence: bigint
  get(directory: Inode, name: string): Promise<Entry | undefined>
  /** In the order of the names' UTF-8 bytes, after `after`. */
  list(directory: Inode, after?: string): AsyncIterable<readonly [name: string, entry: Entry]>
  /** Reads a stretch of an object's plaintext. */
  readObject(object: ObjectRef, offset: number, target: Uint8Array): Promise<void>
}

/** Changes that become visible and durable together, or not at all. Reads see its own changes. */
export interface Transaction extends View {
  put(directory: Inode, name: string, entry: Entry): void
  remove(directory: Inode, name: string): void
  createInode(): Inode
}

/** Bytes on their way to an immutable object. */
export interface ContentWriter {
  /** Plaintext so far. */
  readonly length: number
  write(bytes: Uint8Array): Promise<void>
  finish(): Promise<ObjectRef>
  discard(): Promise<void>
}

export interface Store {
  /** 16 bytes. */
  readonly storeId: Uint8Array
  readonly isReadOnly: boolean
  /** The newest version: for the writer, with everything that its transactions did; for a reader, what is committed now. */
  view(): Promise<View>
  /**
   * Runs `work` alone, then commits; resolves when durable. Many that are under way are committed together. When `work` throws, nothing of it
   * happens. @throws SealError, UnavailableError ERR_STORE_BACKEND: nothing of it happened
   */
  transaction<T>(work: (transaction: Transaction) => Promise<T> | T): Promise<T>
  /** A new object, in no file yet: give it to an entry within a transaction, else it is garbage. Small ones wait for the commit in memory. */
  writeContent(): ContentWriter
  /** Waits for what is under way. */
  close(): Promise<void>
}
