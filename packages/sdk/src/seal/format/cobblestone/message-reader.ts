// Opens ranges of one message. Its length is certain once the last chunk has been opened: only there can a message end.
import { equalBytes, expectBytes, expectInteger, UnavailableError, UsageError } from '../../../core/index.js'
import {
  type Aead,
  type ChunkCipher,
  cobblestoneScheme,
  messageHeaderBytes,
  type SecretKey,
  saltBytes,
  tagBytes
} from '../../../native/index.js'
import type { ObjectReader, SealedBytes } from '../object-sealer.js'
import { chunkOffset, plaintextLength, truncated, unauthentic } from './layout.js'

const { chunkBytes } = cobblestoneScheme

/** Opened at once: bounds what is held in memory. */
const maxRunChunks = 64

/** A message of up to so much is read at once and kept, rather than in two steps. */
const smallBytes: number = messageHeaderBytes + chunkBytes + tagBytes

/** @throws SealError ERR_SEALED_TRUNCATED, ERR_SEALED_AUTH for another key or context */
export async function openMessageReader(
  aead: Aead,
  key: SecretKey,
  context: Uint8Array,
  sealed: SealedBytes
): Promise<ObjectReader> {
  const length = plaintextLength(sealed.length)
  const beginning = await readExactly(sealed, 0, sealed.length < smallBytes ? sealed.length : messageHeaderBytes)
  const { cipher, commitment } = aead.deriveChunks(key, context, beginning.subarray(0, saltBytes))
  if (!equalBytes(commitment, beginning.subarray(saltBytes, messageHeaderBytes))) {
    cipher.wipe()
    throw unauthentic('its header')
  }
  return new MessageReader(cipher, beginning.length === sealed.length ? inMemory(beginning) : sealed, length)
}

class MessageReader implements ObjectReader {
  readonly length: number
  readonly #cipher: ChunkCipher
  readonly #sealed: SealedBytes
  /** Number of the last chunk. */
  readonly #lastChunk: number
  #isClosed = false

  constructor(cipher: ChunkCipher, sealed: SealedBytes, length: number) {
    this.#cipher = cipher
    this.#sealed = sealed
    this.length = length
    this.#lastChunk = Math.floor(length / chunkBytes)
  }

  async verifyLength(): Promise<void> {
    const last = new Uint8Array(this.length % chunkBytes)
    await this.#openRun(last, this.#lastChunk, this.#lastChunk, 0)
    last.fill(0)
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    expectInteger(offset, [0, this.length], 'offset')
    const target = new Uint8Array(expectInteger(length, [0, this.length - offset], 'length'))
    await this.readInto(target, offset)
    return target
  }

  async readInto(target: Uint8Array, offset: number): Promise<void> {
    expectBytes(target, [0, this.length], 'target')
    expectInteger(offset, [0, this.length - target.length], 'offset')
    try {
      await this.#openRange(target, offset)
    } catch (error) {
      target.fill(0)
      throw error
    }
  }

  close(): void {
    this.#isClosed = true
    this.#cipher.wipe()
  }

  async #openRange(target: Uint8Array, offset: number): Promise<void> {
    for (let done = 0; done < target.length; ) {
      const first = Math.floor((offset + done) / chunkBytes)
      const skip = (offset + done) % chunkBytes
      const bytes = Math.min(target.length - done, maxRunChunks * chunkBytes - skip)
      const last = Math.floor((offset + done + bytes - 1) / chunkBytes)
      await this.#openRun(target.subarray(done, done + bytes), first, last, skip)
      done += bytes
    }
  }

  /** Chunks `first` to `last`, of which `target` begins at byte `skip`. */
  async #openRun(target: Uint8Array, first: number, last: number, skip: number): Promise<void> {
    if (this.#isClosed) throw new UnavailableError('ERR_STORE_CLOSED', 'sealed message: its reader has been closed')
    const isLast = last === this.#lastChunk
    const from = chunkOffset(first)
    const run = { first, isLast }
    const sealedBytes = (isLast ? this.#sealed.length : chunkOffset(last + 1)) - from
    const isOpen = await this.#open(target, run, from, sealedBytes, skip)
    if (!isOpen) throw unauthentic(`one of its chunks ${first} to ${last}`)
  }

  async #open(
    target: Uint8Array,
    run: { readonly first: number; readonly isLast: boolean },
    from: number,
    sealedBytes: number,
    skip: number
  ): Promise<boolean> {
    const { file } = this.#sealed
    if (file !== undefined && this.#cipher.readInto !== undefined) {
      const outcome = await this.#cipher.readInto(
        target,
        { ...run, fd: file.fd, position: file.position + from, sealedBytes },
        skip
      )
      if (outcome === 'short') throw truncated(from)
      return outcome === 'opened'
    }
    const sealed = await readExactly(this.#sealed, from, sealedBytes)
    if (this.#isClosed) throw new UnavailableError('ERR_STORE_CLOSED', 'sealed message: its reader has been closed')
    return this.#cipher.openInto(target, { ...run, sealed }, skip)
  }
}

function inMemory(bytes: Uint8Array): SealedBytes {
  return { length: bytes.length, read: async (offset, length) => bytes.subarray(offset, offset + length) }
}

/** Whoever reads may give too little; more is our mistake or theirs. */
async function readExactly(sealed: SealedBytes, offset: number, length: number): Promise<Uint8Array> {
  const bytes: unknown = await sealed.read(offset, length)
  if (!(bytes instanceof Uint8Array) || bytes.length > length) {
    throw new UsageError('ERR_USAGE_OPTION', `sealed: expected ${length} bytes (Uint8Array) from read`)
  }
  if (bytes.length < length) throw truncated(offset + bytes.length)
  return bytes
}
