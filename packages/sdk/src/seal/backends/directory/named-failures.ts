// What a blob writer of the file system throws, with the name of the backend and what it was doing.
import type { BlobWriter } from '../backend.js'
import { failBackend } from '../failure.js'

export class NamedFailures implements BlobWriter {
  readonly blob: string
  readonly #writer: BlobWriter
  readonly #name: string

  constructor(writer: BlobWriter, name: string) {
    this.blob = writer.blob
    this.#writer = writer
    this.#name = name
  }

  write(bytes: Uint8Array): Promise<void> {
    return this.#writer.write(bytes).catch((error: unknown) => failBackend(this.#name, 'write', error))
  }

  finish(): Promise<void> {
    return this.#writer.finish().catch((error: unknown) => failBackend(this.#name, 'write', error))
  }

  discard(): Promise<void> {
    return this.#writer.discard().catch((error: unknown) => failBackend(this.#name, 'remove', error))
  }
}
