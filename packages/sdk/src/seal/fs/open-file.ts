// A file that handles have open: what is committed, and what was written since. All handles of one file share it; it outlives the name.
import type { ContentWriter, Extent, FileEntry, Inode, Store, View } from '../store/store.js'
import { compact } from './compaction.js'
import { DirtyPages } from './dirty-pages.js'
import { overlay, trim } from './extents.js'
import { Lock } from './lock.js'
import { readExtents } from './read-extents.js'

/** Where a file's entry is. */
export interface Location {
  readonly directory: Inode
  readonly name: string
}

/** Written data that waits in memory for each file. */
const maxDirtyBytes = 1 << 20

/** Writes at least as long go to an object at once; shorter ones wait in pages, where they can be read. */
const directBytes = 65_536

/** Data that comes in order and goes straight into one object. */
interface Run {
  readonly writer: ContentWriter
  readonly at: number
}

export interface OpenFileContext {
  readonly store: Pick<Store, 'writeContent' | 'view'>
  readonly now: () => number
}

export class OpenFile {
  readonly #context: OpenFileContext
  readonly #lock = new Lock()
  readonly #pages = new DirtyPages()
  #run: Run | undefined
  /** What the file is, but for pages and run. */
  #entry: FileEntry
  /** As the store has it. */
  #stored: FileEntry
  /** Undefined once the file has no name. */
  location: Location | undefined
  handles = 0
  /** Resolves when what was handed to the store is durable. */
  lastCommit: Promise<void> = Promise.resolve()

  constructor(context: OpenFileContext, entry: FileEntry, location: Location | undefined) {
    this.#context = context
    this.#entry = entry
    this.#stored = entry
    this.location = location
  }

  get inode(): Inode {
    return this.#entry.inode
  }

  /** Now, with what is not committed yet. Its extents are not complete while `isBuffering`. */
  get entry(): FileEntry {
    return { ...this.#entry, size: this.size }
  }

  get size(): number {
    const run = this.#run
    return Math.max(this.#entry.size, this.#pages.end, run === undefined ? 0 : run.at + run.writer.length)
  }

  get isDirty(): boolean {
    return this.#entry !== this.#stored || this.isBuffering
  }

  get isBuffering(): boolean {
    return this.#run !== undefined || !this.#pages.isEmpty
  }

  /** Reads what there is of `[at, at + target.length)`; resolves to how much that is. */
  async read(target: Uint8Array, at: number): Promise<number> {
    const view = await this.#context.store.view()
    for (;;) {
      const length = Math.max(0, Math.min(target.length, this.size - at))
      if (!this.#runReaches(at, length)) return this.#readNow(view, target.subarray(0, length), at)
      await this.#lock.run(() => this.#endRun())
    }
  }

  /** Writes behind the end with `at` undefined. Resolves to where the data began. */
  write(data: Uint8Array, at: number | undefined): Promise<number> {
    return this.#lock.run(async () => {
      const start = at ?? this.size
      if (data.length > 0) await this.#write(data, start)
      return start
    })
  }

  truncate(size: number): Promise<void> {
    return this.#lock.run(async () => {
      if (size === 0) await this.#forget()
      else await this.#flush()
      this.#change({ size, extents: size < this.#entry.size ? trim(this.#entry.extents, size) : this.#entry.extents })
    })
  }

  /** Changes times or mode. */
  change(fields: Partial<Pick<FileEntry, 'mode' | 'atimeMs' | 'mtimeMs'>>): void {
    this.#entry = { ...this.#entry, ...fields, ctimeMs: this.#context.now() }
  }

  /** Puts everything that was written into objects: resolves to an entry that says it all. */
  flush(): Promise<FileEntry> {
    return this.#lock.run(async () => {
      await this.#flush()
      return this.#entry
    })
  }

  /** As `flush`, and nothing is written until `release` is called. */
  async hold(): Promise<{ readonly entry: FileEntry; readonly release: () => void }> {
    const release = await this.#lock.acquire()
    try {
      await this.#flush()
      return { entry: this.#entry, release }
    } catch (error) {
      release()
      throw error
    }
  }

  /**
   * The store holds `entry` now, which was made from `base`. What was written meanwhile lies over it, where it is still in memory; an object
   * that was made meanwhile stays only when the content is as it was.
   */
  committed(entry: FileEntry, base: FileEntry = this.#entry): void {
    const meanwhile = this.#entry
    this.#stored = entry
    if (meanwhile === base || entry.extents !== base.extents) this.#entry = entry
    else this.#entry = { ...entry, size: meanwhile.size, extents: meanwhile.extents, mtimeMs: meanwhile.mtimeMs }
  }

  /** As the store has it: what was written since is given up. */
  async abandon(): Promise<void> {
    await this.#lock.run(async () => {
      this.#entry = this.#stored
      await this.#forget()
    })
  }

  async #readNow(view: View, target: Uint8Array, at: number): Promise<number> {
    // What is in memory is taken in the same moment as the list of the objects: later writes change neither.
    const dirty = this.#pages.isEmpty ? [] : this.#pages.stretches(at, target.length).map(copyStretch)
    if (target.length > 0) await readExtents(view, this.#entry.extents, target, at)
    for (const { at: start, bytes } of dirty) target.set(bytes, start - at)
    return target.length
  }

  async #forget(): Promise<void> {
    this.#pages.clear()
    const run = this.#run
    this.#run = undefined
    await run?.writer.discard()
  }

  async #write(data: Uint8Array, at: number): Promise<void> {
    const run = this.#run
    if (run !== undefined && at < run.at + run.writer.length) await this.#endRun()
    if (this.#pages.isEmpty && data.length >= directBytes) await this.#stream(data, at)
    else await this.#pages.write(data, at, (target, from) => this.#readBelow(target, from))
    if (this.#pages.bytes >= maxDirtyBytes) await this.#spill()
    const now = this.#context.now()
    this.#entry = { ...this.#entry, mtimeMs: now, ctimeMs: now }
  }

  #continuesRun(at: number): boolean {
    return this.#run !== undefined && at === this.#run.at + this.#run.writer.length
  }

  async #stream(data: Uint8Array, at: number): Promise<void> {
    if (!this.#continuesRun(at)) await this.#startRun(at)
    await this.#run?.writer.write(data)
  }

  async #startRun(at: number): Promise<void> {
    await this.#endRun()
    this.#run = { writer: this.#context.store.writeContent(), at }
  }

  #runReaches(at: number, length: number): boolean {
    const run = this.#run
    return run !== undefined && at < run.at + run.writer.length && at + length > run.at
  }

  async #endRun(): Promise<void> {
    const run = this.#run
    if (run === undefined) return
    const length = run.writer.length
    const object = await run.writer.finish()
    this.#run = undefined
    this.#add([{ at: run.at, length, from: 0, object }])
  }

  async #readBelow(target: Uint8Array, at: number): Promise<void> {
    if (this.#runReaches(at, target.length)) await this.#endRun()
    target.fill(0)
    const length = Math.min(target.length, this.#entry.size - at)
    if (length > 0)
      await readExtents(await this.#context.store.view(), this.#entry.extents, target.subarray(0, length), at)
  }

  /** Everything in memory becomes one object; or, when it comes in order, goes on in the run. */
  async #spill(): Promise<void> {
    const stretches = this.#pages.stretches(0, this.#pages.end)
    const start = stretches[0]?.at ?? 0
    if (isContiguous(stretches) && (this.#run === undefined || this.#continuesRun(start))) {
      if (this.#run === undefined) await this.#startRun(start)
      for (const { bytes } of stretches) await this.#run?.writer.write(bytes)
    } else {
      await this.#endRun()
      await this.#writeObject(stretches)
    }
    this.#pages.clear()
  }

  async #writeObject(stretches: readonly { readonly at: number; readonly bytes: Uint8Array }[]): Promise<void> {
    const writer = this.#context.store.writeContent()
    for (const { bytes } of stretches) await writer.write(bytes)
    const object = await writer.finish()
    let from = 0
    const added: Extent[] = []
    for (const { at, bytes } of stretches) {
      added.push({ at, length: bytes.length, from, object })
      from += bytes.length
    }
    this.#add(added)
  }

  #add(added: readonly Extent[]): void {
    const end = added.reduce((most, { at, length }) => Math.max(most, at + length), this.#entry.size)
    this.#entry = { ...this.#entry, size: end, extents: overlay(this.#entry.extents, added) }
  }

  async #flush(): Promise<void> {
    if (!this.#pages.isEmpty) await this.#spill()
    await this.#endRun()
    const extents = await compact(this.#context.store, this.#entry.extents)
    if (extents !== this.#entry.extents) this.#entry = { ...this.#entry, extents }
  }

  #change(fields: Pick<FileEntry, 'size' | 'extents'>): void {
    const now = this.#context.now()
    this.#entry = { ...this.#entry, ...fields, mtimeMs: now, ctimeMs: now }
  }
}

function copyStretch({ at, bytes }: { at: number; bytes: Uint8Array }): { at: number; bytes: Uint8Array } {
  return { at, bytes: new Uint8Array(bytes) }
}

function isContiguous(stretches: readonly { readonly at: number; readonly bytes: Uint8Array }[]): boolean {
  return stretches.every(({ at }, i) => {
    const before = stretches[i - 1]
    return before === undefined || before.at + before.bytes.length === at
  })
}
