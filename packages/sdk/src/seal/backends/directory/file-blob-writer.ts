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
  readonly #finished: (file: OpenFile) => void
  #position = 0

  private constructor(fs: FileSystem, blob: string, path: string, file: OpenFile, finished: (file: OpenFile) => void) {
    this.#fs = fs
    this.blob = blob
    this.#path = path
    this.#file = file
    this.#finished = finished
  }

  /** `finished` gets the file, still open, when all of it is written. */
  static async create(
    fs: FileSystem,
    pathOf: (blob: string) => string,
    finished: (file: OpenFile) => void
  ): Promise<FileBlobWriter> {
    const blob = createBlobName()
    const path = pathOf(blob)
    return new FileBlobWriter(fs, blob, path, await createFile(fs, path), finished)
  }

  async write(bytes: Uint8Array): Promise<void> {
    const position = this.#position
    this.#position += bytes.length
    await writeFully(this.#file, bytes, position)
  }

  async finish(): Promise<void> {
    this.#finished(this.#file)
  }

  async discard(): Promise<void> {
    await this.#file.close()
    await removeFile(this.#fs, this.#path)
  }
}
