// Opens one sealed file: whole, by ranges, or as a stream.
import { constants } from 'node:fs'
import {
  expectInteger,
  expectOneOf,
  expectOptions,
  expectString,
  SealError,
  UnavailableError
} from '../../../core/index.js'
import { type Aead, type LockedMemory, loadAead } from '../../../native/index.js'
import { type FileSystem, nodeFileSystem, type OpenFile } from '../../backends/directory/file-system.js'
import { readFully } from '../../backends/directory/safe-files.js'
import type { SuiteName } from '../../keyring/index.js'
import type { KeySource } from '../../keys/key-source.js'
import { openMessageReader } from '../cobblestone/message-reader.js'
import type { ObjectReader, SealedBytes } from '../object-sealer.js'
import { containerContext } from './container-context.js'
import { expectSources, openHeader, withDerivedKey } from './container-key.js'
import { parseContainer, parsePrefix, prefixBytes } from './header.js'

export interface OpenFileOptions {
  /** Tried one after the other. */
  readonly keys: readonly KeySource[]
  /** Default and only choice: 'cobblestone-256'. A file that says another is refused. */
  readonly suite?: SuiteName
}

/** Genuine, and perhaps not the newest: whoever can write to the directory can put an older sealed file back. */
export interface ReplayableFile {
  /** Of the plaintext, in bytes. Authenticated. */
  readonly size: number
  /** `length` bytes from `offset` on. @throws SealError ERR_SEALED_AUTH, ERR_SEALED_TRUNCATED */
  read(offset: number, length: number): Promise<Uint8Array>
  /** Everything, in memory. */
  bytes(): Promise<Uint8Array>
  /** From `start` (default 0) to before `end` (default the end), a mebibyte at a time. For `Readable.from` and `ReadableStream.from`. */
  stream(range?: { readonly start?: number; readonly end?: number }): AsyncGenerator<Uint8Array>
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

const { O_NONBLOCK, O_RDONLY } = constants
const nothing = new Uint8Array(0)
const stepBytes = 1 << 20

/**
 * Failures of the file system are Node's own (ENOENT, EACCES, …).
 * @throws UsageError ERR_USAGE_OPTION
 * @throws SealError ERR_SEALED_FORMAT, ERR_SEALED_SUITE, ERR_SEALED_KEY, ERR_SEALED_NO_KEY, ERR_SEALED_AUTH, ERR_SEALED_TRUNCATED
 * @example
 * const file = await openFile('customers.sealed', { keys: [teeKey(tee)] })
 * try { await pipeline(file.stream(), process.stdout) } finally { await file.close() }
 */
export async function openFile(
  path: string,
  options: OpenFileOptions,
  fs: FileSystem = nodeFileSystem
): Promise<ReplayableFile> {
  expectString(path, 'path')
  expectOptions(options, ['keys', 'suite'], 'openFile')
  expectOneOf(options.suite ?? 'cobblestone-256', ['cobblestone-256'], 'suite')
  const keys = expectSources(options.keys)
  // Without O_NONBLOCK a FIFO in the place of the file would hold us for ever.
  const file = await fs.open(path, O_RDONLY | O_NONBLOCK)
  try {
    return new SealedFile(file, await openReader(await loadAead(), fs, file, keys))
  } catch (error) {
    await file.close()
    throw error
  }
}

async function openReader(
  aead: Aead,
  fs: FileSystem,
  file: OpenFile,
  keys: readonly KeySource[]
): Promise<ObjectReader> {
  const facts = await file.stat()
  if (!facts.isFile()) throw new SealError('ERR_SEALED_FORMAT', 'sealed file: it is no plain file')
  const headerBytes = parsePrefix(await readFully(file, 0, prefixBytes), 'file')
  const header = parseContainer(await readFully(file, 0, headerBytes), 'file')
  const key = await openHeader(aead, header, keys)
  try {
    const sealed = sealedBytesOf(fs, file, headerBytes, Number(facts.size) - headerBytes)
    return await withDerivedKey(aead, key, 'content', (content) =>
      openCertain(aead, content, containerContext('file', header.id, nothing), sealed)
    )
  } finally {
    key.wipe()
  }
}

/** Its length is certain. */
async function openCertain(
  aead: Aead,
  key: LockedMemory,
  context: Uint8Array,
  sealed: SealedBytes
): Promise<ObjectReader> {
  const reader = await openMessageReader(aead, key, context, sealed)
  try {
    await reader.verifyLength()
    return reader
  } catch (error) {
    reader.close()
    throw error
  }
}

function sealedBytesOf(fs: FileSystem, file: OpenFile, position: number, length: number): SealedBytes {
  return {
    length,
    read: (offset, count) => readFully(file, position + offset, count),
    ...(fs.isReal ? { file: { fd: file.fd, position } } : {})
  }
}

class SealedFile implements ReplayableFile {
  readonly size: number
  readonly #file: OpenFile
  readonly #reader: ObjectReader
  #isClosed = false

  constructor(file: OpenFile, reader: ObjectReader) {
    this.#file = file
    this.#reader = reader
    this.size = reader.length
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    this.#assertOpen()
    return this.#reader.read(offset, length)
  }

  async bytes(): Promise<Uint8Array> {
    return this.read(0, this.size)
  }

  async *stream(range: { readonly start?: number; readonly end?: number } = {}): AsyncGenerator<Uint8Array> {
    const { start = 0, end = this.size } = expectOptions(range, ['start', 'end'], 'stream')
    expectInteger(end, [0, this.size], 'end')
    expectInteger(start, [0, end], 'start')
    let next: Promise<Uint8Array> | undefined
    try {
      for (let at = start; at < end; at += stepBytes) {
        const piece = next ?? this.#readStep(at, end)
        next = at + stepBytes < end ? piece.then(() => this.#readStep(at + stepBytes, end)) : undefined
        next?.catch(() => undefined)
        yield await piece
      }
    } finally {
      await next?.catch(() => undefined)
    }
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#reader.close()
    await this.#file.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  #readStep(at: number, end: number): Promise<Uint8Array> {
    return this.read(at, Math.min(stepBytes, end - at))
  }

  #assertOpen(): void {
    if (this.#isClosed) throw new UnavailableError('ERR_STORE_CLOSED', 'sealed file: it has been closed')
  }
}
