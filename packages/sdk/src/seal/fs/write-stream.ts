// A Node stream into a file: as fs.createWriteStream. A stream that ends before its time changes nothing.
import { Writable } from 'node:stream'
import { wrongArgument } from './fs-error.js'
import type { OpenHandle, StreamHandle } from './stream-handle.js'

export interface WriteStreamOptions {
  /** Where to begin; without it, where the handle is, or the end for flags that append. */
  readonly start?: number
  readonly highWaterMark?: number
  readonly encoding?: BufferEncoding | null
  readonly autoClose?: boolean
  readonly signal?: AbortSignal
}

/** A writable stream with what fs.WriteStream has beside it. */
export interface VaultWriteStream extends Writable {
  readonly bytesWritten: number
}

const defaultHighWaterMark = 65_536

/** @throws FsError ERR_OUT_OF_RANGE */
export function createWriteStream(open: OpenHandle, options: WriteStreamOptions): VaultWriteStream {
  const { start } = options
  if (start !== undefined && (!Number.isSafeInteger(start) || start < 0)) {
    throw wrongArgument('ERR_OUT_OF_RANGE', 'start', 'a position in the file')
  }
  return new HandleWriter(open, options)
}

class HandleWriter extends Writable implements VaultWriteStream {
  bytesWritten = 0
  readonly #open: OpenHandle
  readonly #autoClose: boolean
  #handle: StreamHandle | undefined
  #position: number | undefined

  constructor(open: OpenHandle, options: WriteStreamOptions) {
    super({
      highWaterMark: options.highWaterMark ?? defaultHighWaterMark,
      defaultEncoding: options.encoding ?? 'utf8',
      ...(options.signal === undefined ? {} : { signal: options.signal })
    })
    this.#open = open
    this.#autoClose = options.autoClose !== false
    this.#position = options.start
  }

  override _construct(callback: (error?: Error | null) => void): void {
    this.#open().then(
      (handle) => {
        this.#handle = handle
        callback()
        this.emit('open', handle.fd)
        this.emit('ready')
      },
      (error: Error) => callback(error)
    )
  }

  override _write(part: Buffer, _encoding: BufferEncoding, callback: (error?: Error | null) => void): void {
    this.#write(part).then(() => callback(), callback)
  }

  override _writev(parts: readonly { readonly chunk: Buffer }[], callback: (error?: Error | null) => void): void {
    this.#write(Buffer.concat(parts.map(({ chunk }) => chunk))).then(() => callback(), callback)
  }

  /** The data is durable before `finish`. */
  override _final(callback: (error?: Error | null) => void): void {
    const done = this.#autoClose ? this.#handle?.close() : this.#handle?.sync()
    Promise.resolve(done).then(() => callback(), callback)
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    const closed = this.#autoClose ? this.#handle?.abandon() : undefined
    Promise.resolve(closed).then(
      () => callback(error),
      (failure: Error) => callback(error ?? failure)
    )
  }

  async #write(part: Buffer): Promise<void> {
    await this.#handle?.write(part, 0, part.length, this.#position ?? null)
    this.bytesWritten += part.length
    if (this.#position !== undefined) this.#position += part.length
  }
}
