// A large object on its way into a file of its own.
import type { BlobWriter } from '../backend.js'
import { createBlobName } from '../pending-segments.js'
import type { FileSystem, OpenFile } from './file-system.js'
import { createFile, removeFile, writeFully } from './safe-files.js'

export class FileBlobWriter implements BlobWriter {
  readonly blob: string
  readonly #fs: FileSystem
  readonly #path: string
  readonly #file: OpenFile
  readonly #large: LargeBlobs
  #position = 0

  private constructor(fs: FileSystem, blob: string, path: string, file: OpenFile, large: LargeBlobs) {
    this.#fs = fs
    this.blob = blob
    this.#path = path
    this.#file = file
    this.#large = large
  }

  static async create(fs: FileSystem, pathOf: (blob: string) => string, large: LargeBlobs): Promise<FileBlobWriter> {
    const blob = createBlobName()
    const path = pathOf(blob)
    return new FileBlobWriter(fs, blob, path, large.begin(await createFile(fs, path)), large)
  }

  async write(bytes: Uint8Array): Promise<void> {
    const position = this.#position
    this.#position += bytes.length
    await writeFully(this.#file, bytes, position)
  }

  async finish(): Promise<void> {
    this.#large.finish(this.#file)
  }

  async discard(): Promise<void> {
    await this.#large.drop(this.#file)
    await removeFile(this.#fs, this.#path)
  }
}

/** Files of large objects from their beginning until they are durable. */
export class LargeBlobs {
  readonly #begun = new Set<OpenFile>()
  #finished: OpenFile[] = []

  begin(file: OpenFile): OpenFile {
    this.#begun.add(file)
    return file
  }

  finish(file: OpenFile): void {
    this.#begun.delete(file)
    this.#finished.push(file)
  }

  async drop(file: OpenFile): Promise<void> {
    if (this.#begun.delete(file)) await file.close()
  }

  /** All finished ones are durable when it resolves. */
  async flush(): Promise<void> {
    const synced = await Promise.allSettled(
      this.#finished.splice(0).map((file) => file.datasync().finally(() => file.close()))
    )
    for (const one of synced) if (one.status === 'rejected') throw one.reason
  }

  async close(): Promise<void> {
    for (const file of [...this.#begun, ...this.#finished.splice(0)]) await file.close()
    this.#begun.clear()
  }
}
