// A backend in a directory: `roots`, `lock`, `keyrings/NAME`, `blobs/NAME`, readable by its owner only.
import { resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expectString, UnavailableError, UsageError } from '../../../core/index.js'
import type { Backend, BlobWriter, Place, RootSlots, WriterLease } from '../backend.js'
import { failBackend } from '../failure.js'
import { expectName, isName } from '../names.js'
import { missingBlob, truncatedBlob } from '../whole-bytes.js'
import { FileBlobWriter, LargeBlobs } from './file-blob-writer.js'
import { codeOf, type FileSystem, nodeFileSystem, type OpenFile } from './file-system.js'
import { describeSelf, isAlive } from './holder.js'
import { type LockPlatform, takeLock } from './lock-file.js'
import { NamedFailures } from './named-failures.js'
import { OpenBlobs } from './open-blobs.js'
import { RootsFile, readRootsFile } from './roots-file.js'
import { createFile, makeDirectory, openFile, readFully, removeFile, syncDirectory, writeFully } from './safe-files.js'
import { SegmentWriter } from './segments.js'

/**
 * A backend in the directory `path`, which `createVault` makes. One process writes; the file system must know hard links, as local ones do.
 * @throws UsageError ERR_USAGE_OPTION
 */
export function directory(path: string): Backend {
  if (expectString(path, 'path') === '' || path.includes('\u0000')) {
    throw new UsageError('ERR_USAGE_OPTION', 'path: expected the path of a directory', { details: { field: 'path' } })
  }
  return directoryOn(path, nodeFileSystem, { describeSelf, isAlive, sleep, every })
}

/** On any file system and machine. */
export function directoryOn(path: string, fs: FileSystem, platform: LockPlatform): Backend {
  return new DirectoryBackend(path, fs, platform)
}

function every(ms: number, work: () => void): () => void {
  const timer = setInterval(work, ms)
  timer.unref()
  return () => clearInterval(timer)
}

const maxKeyringBytes = 1 << 20

class DirectoryBackend implements Backend {
  readonly name: string
  readonly borrowFile?: (blob: string) => Promise<{ readonly fd: number; release(): void }>
  readonly #fs: FileSystem
  readonly #platform: LockPlatform
  readonly #folder: string
  readonly #blobs: string
  readonly #keyrings: string
  readonly #open: OpenBlobs
  #segments: SegmentWriter
  #roots: RootsFile | undefined
  #lease: WriterLease | undefined
  readonly #large = new LargeBlobs()
  #hasNewName = false

  constructor(path: string, fs: FileSystem, platform: LockPlatform) {
    this.name = `directory ${path}`
    this.#fs = fs
    this.#platform = platform
    this.#folder = resolve(path)
    this.#blobs = `${this.#folder}/blobs`
    this.#keyrings = `${this.#folder}/keyrings`
    this.#open = new OpenBlobs((blob) => this.#openBlob(blob))
    this.#segments = this.#newSegments()
    if (fs.isReal) this.borrowFile = (blob) => this.#borrow(blob)
  }

  async isOccupied(): Promise<boolean> {
    return this.#do('look for a store', async () => {
      if ((await this.#namesIn(this.#blobs)).length > 0) return true
      const { slots } = await readRootsFile(this.#fs, this.#folder)
      return slots.some((slot) => slot.some((byte) => byte !== 0))
    })
  }

  append(parts: readonly Uint8Array[]): Promise<readonly Place[]> {
    return this.#do('write', () => this.#segments.append(parts))
  }

  createBlob(): Promise<BlobWriter> {
    return this.#do('write', async () => {
      const writer = await FileBlobWriter.create(this.#fs, this.#pathOf, this.#large)
      this.#hasNewName = true
      return new NamedFailures(writer, this.name)
    })
  }

  flush(): Promise<void> {
    return this.#do('make durable', async () => {
      const hasNewSegment = await this.#segments.flush()
      const hasNewName = hasNewSegment || this.#hasNewName
      this.#hasNewName = false
      await this.#large.flush()
      if (hasNewName) await syncDirectory(this.#fs, this.#blobs)
    })
  }

  read(place: Place, length: number): Promise<Uint8Array> {
    return this.#do('read', async () => {
      await this.#segments.settle(place.blob)
      const { file, release } = await this.#open.borrow(expectName(place.blob))
      try {
        const bytes = await readFully(file, place.offset, length)
        if (bytes.length !== length) throw truncatedBlob(place, length, bytes.length)
        return bytes
      } finally {
        release()
      }
    })
  }

  async *list(): AsyncGenerator<{ readonly blob: string; readonly bytes: number }> {
    for (const blob of await this.#do('list blobs', () => this.#namesIn(this.#blobs))) {
      const facts = await this.#do('list blobs', () => this.#factsOf(this.#pathOf(blob)))
      if (facts !== undefined) yield { blob, bytes: Number(facts.size) }
    }
  }

  remove(blob: string): Promise<void> {
    return this.#do('remove a blob', async () => {
      this.#open.drop(blob)
      await removeFile(this.#fs, this.#pathOf(expectName(blob)))
    })
  }

  readKeyring(name: string): Promise<Uint8Array | undefined> {
    return this.#do('read a keyring', async () => {
      const file = await openFile(this.#fs, `${this.#keyrings}/${expectName(name)}`, 'read')
      if (file === undefined) return undefined
      return readFully(file, 0, maxKeyringBytes + 1).finally(() => file.close())
    })
  }

  writeKeyring(name: string, bytes: Uint8Array): Promise<void> {
    return this.#do('write a keyring', async () => {
      const file = await createFile(this.#fs, `${this.#keyrings}/${expectName(name)}`)
      await writeFully(file, bytes, 0)
        .then(() => file.sync())
        .finally(() => file.close())
      await syncDirectory(this.#fs, this.#keyrings)
    })
  }

  listKeyrings(): Promise<readonly string[]> {
    return this.#do('list keyrings', () => this.#namesIn(this.#keyrings))
  }

  removeKeyring(name: string): Promise<void> {
    return this.#do('remove a keyring', () => removeFile(this.#fs, `${this.#keyrings}/${expectName(name)}`))
  }

  readRoots(): Promise<RootSlots> {
    return this.#do('read the root', () => this.#roots?.read() ?? readRootsFile(this.#fs, this.#folder))
  }

  swapRoot(slot: 0 | 1, record: Uint8Array, expected: string): Promise<string> {
    return this.#do('write the root', async () => {
      if (this.#roots === undefined || this.#lease === undefined) throw notLocked(this.name)
      const version = await this.#roots.swap(slot, record, expected)
      await this.#lease.assertHeld() // whoever took over copied the roots after that: what was written is there, or is told to be lost
      return version
    })
  }

  lock(): Promise<WriterLease> {
    return this.#do('lock', async () => {
      for (const path of [this.#folder, this.#blobs, this.#keyrings]) await makeDirectory(this.#fs, path)
      const lease = await takeLock(this.#fs, this.#folder, this.name, this.#platform)
      try {
        this.#roots = await RootsFile.takeOver(this.#fs, this.#folder)
      } catch (error) {
        await lease.release()
        throw error
      }
      this.#lease = lease
      return {
        assertHeld: () => this.#do('look at the lock', () => lease.assertHeld()),
        release: () => this.#do('give back the lock', () => this.#release(lease))
      }
    })
  }

  async close(): Promise<void> {
    this.#open.dropAll() // the lock is its holder's to give back
  }

  readonly #pathOf = (blob: string): string => `${this.#blobs}/${blob}`

  #newSegments(): SegmentWriter {
    return new SegmentWriter(this.#fs, this.#pathOf)
  }

  /** The next writer, if it is this process again, begins anew: also after a failure. */
  async #release(lease: WriterLease): Promise<void> {
    if (this.#lease !== lease) return
    this.#lease = undefined
    const [segments, roots] = [this.#segments, this.#roots]
    this.#segments = this.#newSegments()
    this.#roots = undefined
    await segments.close()
    await this.#large.close()
    await roots?.close()
    await lease.release()
  }

  async #borrow(blob: string): Promise<{ readonly fd: number; release(): void }> {
    return this.#do('read', async () => {
      await this.#segments.settle(blob)
      const { file, release } = await this.#open.borrow(expectName(blob))
      return { fd: file.fd, release }
    })
  }

  async #openBlob(blob: string): Promise<OpenFile> {
    const file = await openFile(this.#fs, this.#pathOf(blob), 'read')
    if (file === undefined) throw missingBlob(blob)
    return file
  }

  /** What is no name of ours is not ours. */
  async #namesIn(folder: string): Promise<readonly string[]> {
    try {
      return (await this.#fs.readdir(folder)).filter(isName)
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return []
      throw error
    }
  }

  async #factsOf(path: string) {
    try {
      return await this.#fs.lstat(path)
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return undefined
      throw error
    }
  }

  async #do<T>(doing: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      return failBackend(this.name, doing, error)
    }
  }
}

function notLocked(name: string): UnavailableError {
  return new UnavailableError('ERR_STORE_LOCKED', `${name}: the lock was given back`)
}
