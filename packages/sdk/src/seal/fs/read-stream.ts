// A file, or a range of it, as a Node stream: as fs.createReadStream.
import { Readable } from 'node:stream'
import { wrongArgument } from './fs-error.js'
import type { OpenHandle, StreamHandle } from './stream-handle.js'
import { expectEncoding } from './values.js'

export interface ReadStreamOptions {
  /** First byte. */
  readonly start?: number
  /** Last byte, which is part of it. */
  readonly end?: number
  readonly highWaterMark?: number
  readonly encoding?: BufferEncoding | null
  readonly autoClose?: boolean
  readonly signal?: AbortSignal
}

/** Opens when it is first needed. */

/** A readable stream with what fs.ReadStream has beside it. */
export interface VaultReadStream extends Readable {
  readonly bytesRead: number
}

const defaultHighWaterMark = 65_536

/** @throws FsError ERR_OUT_OF_RANGE for an impossible range */
export function createReadStream(open: OpenHandle, options: ReadStreamOptions): VaultReadStream {
  return new HandleReader(open, options, parseRange(options))
}

export interface Range {
  /** Undefined: from the current position on. */
  readonly start: number | undefined
  /** Exclusive. */
  readonly end: number
}

export function parseRange({ start, end }: Pick<ReadStreamOptions, 'start' | 'end'>): Range {
  for (const [name, value] of [
    ['start', start],
    ['end', end]
  ] as const) {
    const isPosition = value === undefined || (Number.isSafeInteger(value) && value >= 0)
    if (!isPosition && !(name === 'end' && value === Number.POSITIVE_INFINITY)) {
      throw wrongArgument('ERR_OUT_OF_RANGE', name, 'a position in the file')
    }
  }
  if (start !== undefined && end !== undefined && start > end) {
    throw wrongArgument('ERR_OUT_OF_RANGE', 'start', 'at most "end"')
  }
  return { start: start ?? (end === undefined ? undefined : 0), end: (end ?? Number.POSITIVE_INFINITY) + 1 }
}

class HandleReader extends Readable implements VaultReadStream {
  bytesRead = 0
  readonly #open: OpenHandle
  readonly #autoClose: boolean
  #handle: StreamHandle | undefined
  #position: number | undefined
  readonly #end: number

  constructor(open: OpenHandle, options: ReadStreamOptions, { start, end }: Range) {
    super({
      highWaterMark: options.highWaterMark ?? defaultHighWaterMark,
      encoding: expectEncoding(options.encoding),
      ...(options.signal === undefined ? {} : { signal: options.signal })
    })
    this.#open = open
    this.#autoClose = options.autoClose !== false
    this.#position = start
    this.#end = end
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

  override _read(size: number): void {
    this.#readNext(size).then(
      (part) => this.push(part),
      (error: Error) => this.destroy(error)
    )
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    const closed = this.#autoClose ? this.#handle?.close() : undefined
    Promise.resolve(closed).then(
      () => callback(error),
      (failure: Error) => callback(error ?? failure)
    )
  }

  async #readNext(size: number): Promise<Buffer | null> {
    const wanted = Math.min(size, this.#end - (this.#position ?? this.bytesRead))
    if (this.#handle === undefined || wanted <= 0) return null
    const target = Buffer.from(new ArrayBuffer(wanted))
    const { bytesRead } = await this.#handle.read(target, 0, wanted, this.#position ?? null)
    this.bytesRead += bytesRead
    if (this.#position !== undefined) this.#position += bytesRead
    return bytesRead === 0 ? null : target.subarray(0, bytesRead)
  }
}
