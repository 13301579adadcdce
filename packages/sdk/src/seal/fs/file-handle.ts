// An open file, as FileHandle of node:fs/promises. What is written is durable after `sync`, `datasync` or `close`.
import { EventEmitter } from 'node:events'
import { createInterface, type Interface } from 'node:readline'
import type { ReadableStream } from 'node:stream/web'
import { type Attributes, changeDirectory, statDirectory } from './attributes.js'
import { isStream, maxFileBytes } from './contents.js'
import type { OpenFlags } from './flags.js'
import { closedHandle, createFsError, type FsCode, throwIfAborted } from './fs-error.js'
import {
  parsePosition,
  type ReadOptions,
  readTransfer,
  type Transfer,
  type WriteOptions,
  writeTransfer
} from './handle-arguments.js'
import { commitFile, type Opened } from './open.js'
import type { OpenFile } from './open-file.js'
import { createReadStream, type ReadStreamOptions, type VaultReadStream } from './read-stream.js'
import type { Session } from './session.js'
import { VaultStats } from './stats.js'
import { bytesOf, expectCount, expectEncoding, parseMode, parseTime, readOptions } from './values.js'
import { toWebStream } from './web-streams.js'
import { createWriteStream, type VaultWriteStream, type WriteStreamOptions } from './write-stream.js'

interface EncodingOptions {
  readonly encoding?: BufferEncoding | null
  readonly signal?: AbortSignal
}

export class VaultFileHandle extends EventEmitter {
  /** A number for this handle: no descriptor of the system. -1 once it is closed. */
  fd: number
  readonly #session: Session
  readonly #opened: Opened
  readonly #flags: OpenFlags
  #position = 0
  #closing: Promise<void> | undefined

  constructor(session: Session, opened: Opened, flags: OpenFlags, fd: number) {
    super()
    this.#session = session
    this.#opened = opened
    this.#flags = flags
    this.fd = fd
  }

  read<B extends ArrayBufferView>(
    buffer: B,
    offset?: number | ReadOptions<B> | null,
    length?: number | null,
    position?: number | bigint | null
  ): Promise<{ bytesRead: number; buffer: B }>
  read<B extends ArrayBufferView = Buffer>(options?: ReadOptions<B> | null): Promise<{ bytesRead: number; buffer: B }>
  async read<B extends ArrayBufferView = Buffer>(
    buffer?: B | ReadOptions<B> | null,
    offset?: number | ReadOptions<B> | null,
    length?: number | null,
    position?: number | bigint | null
  ): Promise<{ bytesRead: number; buffer: B }> {
    this.#assertOpen('read')
    const transfer = readTransfer(buffer, offset, length, position)
    if (transfer.bytes.length === 0) return { bytesRead: 0, buffer: transfer.buffer }
    return { bytesRead: await this.#read(transfer), buffer: transfer.buffer }
  }

  async readv<B extends readonly ArrayBufferView[]>(
    buffers: B,
    position?: number | null
  ): Promise<{ bytesRead: number; buffers: B }> {
    this.#assertOpen('readv')
    let at = parsePosition(position)
    let bytesRead = 0
    for (const buffer of buffers) {
      const bytes = bytesOf(buffer, undefined)
      const count = await this.#read({ bytes, position: at })
      bytesRead += count
      if (at !== undefined) at += count
      if (count < bytes.length) break
    }
    return { bytesRead, buffers }
  }

  async write<B extends ArrayBufferView | string>(
    data: B,
    offsetOrPosition?: number | bigint | WriteOptions | null,
    lengthOrEncoding?: number | string | null,
    position?: number | bigint | null
  ): Promise<{ bytesWritten: number; buffer: B }> {
    this.#assertOpen('write')
    const transfer = writeTransfer(data, offsetOrPosition, lengthOrEncoding, position)
    await this.#write(transfer)
    return { bytesWritten: transfer.bytes.length, buffer: data }
  }

  async writev<B extends readonly ArrayBufferView[]>(
    buffers: B,
    position?: number | null
  ): Promise<{ bytesWritten: number; buffers: B }> {
    this.#assertOpen('writev')
    const bytes = Buffer.concat(buffers.map((buffer) => bytesOf(buffer, undefined)))
    await this.#write({ bytes, position: parsePosition(position) })
    return { bytesWritten: bytes.length, buffers }
  }

  /** From the current position to the end. */
  readFile(options?: (EncodingOptions & { readonly encoding?: null }) | null): Promise<Buffer>
  readFile(options: BufferEncoding | (EncodingOptions & { readonly encoding: BufferEncoding })): Promise<string>
  async readFile(options?: BufferEncoding | EncodingOptions | null): Promise<Buffer | string> {
    this.#assertOpen('readFile')
    const { encoding, signal } = readOptions<EncodingOptions>(options)
    const known = expectEncoding(encoding)
    throwIfAborted(signal)
    const file = this.#fileFor('read')
    const whole = Buffer.from(new ArrayBuffer(Math.max(0, file.size - this.#position)))
    const count = await this.#read({ bytes: whole, position: undefined })
    return known === undefined ? whole.subarray(0, count) : whole.toString(known, 0, count)
  }

  /** At the current position; what lies behind stays. */
  async writeFile(data: unknown, options?: BufferEncoding | EncodingOptions | null): Promise<void> {
    this.#assertOpen('writeFile')
    const { encoding, signal } = readOptions<EncodingOptions>(options)
    const known = expectEncoding(encoding)
    for await (const part of isStream(data) ? data : [data]) {
      throwIfAborted(signal)
      await this.#write({ bytes: bytesOf(part, known), position: undefined })
    }
  }

  appendFile(data: unknown, options?: BufferEncoding | EncodingOptions | null): Promise<void> {
    return this.writeFile(data, options)
  }

  async stat(): Promise<VaultStats> {
    this.#assertOpen('fstat')
    const opened = this.#opened
    if (opened.kind === 'file') return new VaultStats(opened.file.entry, opened.file.location === undefined ? 0 : 1)
    return statDirectory(this.#session, opened.directory)
  }

  async truncate(length = 0): Promise<void> {
    this.#assertOpen('ftruncate')
    const size = Math.max(0, Math.trunc(length))
    if (this.#opened.kind !== 'file' || !this.#flags.canWrite) throw createFsError('EINVAL', { syscall: 'ftruncate' })
    if (expectCount(size, 'length') > maxFileBytes) throw createFsError('EFBIG', { syscall: 'ftruncate' })
    await this.#opened.file.truncate(size)
  }

  /** Everything that was written through this file's handles is durable when it resolves. */
  async sync(): Promise<void> {
    this.#assertOpen('fsync')
    await this.#commit()
  }

  async datasync(): Promise<void> {
    this.#assertOpen('fdatasync')
    await this.#commit()
  }

  async chmod(mode: number | string): Promise<void> {
    this.#assertOpen('fchmod')
    await this.#change('fchmod', { mode: parseMode(mode) })
  }

  async utimes(atime: number | string | Date, mtime: number | string | Date): Promise<void> {
    this.#assertOpen('futimes')
    const now = this.#session.now()
    await this.#change('futime', { atimeMs: parseTime(atime, 'atime', now), mtimeMs: parseTime(mtime, 'mtime', now) })
  }

  /** Commits what was written. A second call waits for the first. */
  close(): Promise<void> {
    this.#closing ??= this.#close(() => this.#commit())
    return this.#closing
  }

  /** Closes, and gives up what was written and not committed, if no other handle has the file open. */
  abandon(): Promise<void> {
    this.#closing ??= this.#close(async () => {
      if (this.#opened.kind === 'file' && this.#opened.file.handles === 1) await this.#opened.file.abandon()
    })
    return this.#closing
  }

  /** Closes the handle at its end, unless `autoClose` is false. */
  createReadStream(options: ReadStreamOptions = {}): VaultReadStream {
    return createReadStream(async () => this, options)
  }

  createWriteStream(options: WriteStreamOptions = {}): VaultWriteStream {
    return createWriteStream(async () => this, options)
  }

  /** From the current position. The handle stays open. */
  readableWebStream(): ReadableStream<Uint8Array> {
    this.#assertOpen('read')
    return toWebStream(async () => this, { autoClose: false })
  }

  readLines(options: ReadStreamOptions = {}): Interface {
    const input = this.createReadStream(options)
    return createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #read({ bytes, position }: Pick<Transfer<unknown>, 'bytes' | 'position'>): Promise<number> {
    const file = this.#fileFor('read')
    if (bytes.length === 0) return 0
    const at = position ?? this.#position
    // Moved at once, so that reads that run at the same time read one behind the other.
    if (position === undefined) this.#position += Math.max(0, Math.min(bytes.length, file.size - at))
    return file.read(bytes, at)
  }

  async #write({ bytes, position }: Pick<Transfer<unknown>, 'bytes' | 'position'>): Promise<void> {
    const file = this.#fileFor('write')
    const at = this.#flags.appends ? undefined : (position ?? this.#position)
    if ((at ?? file.size) + bytes.length > maxFileBytes) throw createFsError('EFBIG', { syscall: 'write' })
    if (position === undefined && at !== undefined) this.#position = at + bytes.length
    const start = await file.write(bytes, at)
    if (this.#flags.appends && position === undefined) this.#position = start + bytes.length
  }

  #fileFor(syscall: 'read' | 'write'): OpenFile {
    this.#assertOpen(syscall)
    if (syscall === 'read' ? !this.#flags.canRead : !this.#flags.canWrite) throw this.#error('EBADF', syscall)
    if (this.#opened.kind === 'directory') throw this.#error('EISDIR', syscall)
    return this.#opened.file
  }

  #error(code: FsCode, syscall: string): Error {
    return createFsError(code, { syscall })
  }

  #assertOpen(syscall: string): void {
    if (this.#closing !== undefined) throw closedHandle(syscall)
  }

  /** Of a file it is committed with what is written, of a directory at once. */
  async #change(syscall: string, fields: Attributes): Promise<void> {
    if (this.#session.isReadOnly) throw createFsError('EROFS', { syscall })
    if (this.#opened.kind === 'file') this.#opened.file.change(fields)
    else await changeDirectory(this.#session, this.#opened.directory, fields, syscall)
  }

  async #commit(): Promise<void> {
    if (this.#opened.kind === 'file' && !this.#session.isReadOnly) await commitFile(this.#session, this.#opened.file)
  }

  async #close(finish: () => Promise<void>): Promise<void> {
    try {
      await finish()
    } finally {
      if (this.#opened.kind === 'file') this.#session.files.release(this.#opened.file)
      else this.#session.files.releaseDirectory(this.#opened.directory)
      this.fd = -1
      this.emit('close')
    }
  }
}
