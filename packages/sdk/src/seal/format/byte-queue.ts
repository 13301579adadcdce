// Pieces of a source, to be taken from its front: headers first, then the rest as it comes.
import { UsageError } from '../../core/index.js'
import type { ByteSource } from './chunk-stream.js'

export class ByteQueue {
  readonly #pieces: AsyncIterator<Uint8Array> | Iterator<Uint8Array>
  #held: Uint8Array = new Uint8Array(4096)
  #from = 0
  #to = 0
  #hasEnded = false

  constructor(source: ByteSource) {
    this.#pieces = iteratorOf(source)
  }

  /** What is there, at least `length` bytes unless the source ends before. Good until the next call. */
  async peek(length: number): Promise<Uint8Array> {
    while (this.#to - this.#from < length && !this.#hasEnded) await this.#pull()
    return this.#held.subarray(this.#from, this.#to)
  }

  /** Gives up the first `length` bytes of what was peeked. */
  skip(length: number): void {
    this.#from += length
  }

  /** Everything else. */
  async *rest(): AsyncGenerator<Uint8Array> {
    const held = this.#held.slice(this.#from, this.#to)
    this.#from = this.#to
    try {
      if (held.length > 0) yield held
      while (!this.#hasEnded) {
        const piece = await this.#next()
        if (piece !== undefined) yield piece
      }
    } finally {
      await this.close()
    }
  }

  /** Tells the source that no more is wanted. */
  async close(): Promise<void> {
    if (this.#hasEnded) return
    this.#hasEnded = true
    await this.#pieces.return?.()
  }

  async #pull(): Promise<void> {
    const piece = await this.#next()
    if (piece === undefined) return
    if (this.#to + piece.length > this.#held.length) this.#makeRoom(piece.length)
    this.#held.set(piece, this.#to)
    this.#to += piece.length
  }

  /** Never moves more than it makes room for: many small pieces cost no more than one. */
  #makeRoom(more: number): void {
    const held = this.#held.subarray(this.#from, this.#to)
    const isEnough = held.length <= this.#held.length / 2 && held.length + more <= this.#held.length
    const target = isEnough ? this.#held : new Uint8Array(Math.max(2 * this.#held.length, held.length + more))
    target.set(held)
    this.#held = target
    this.#from = 0
    this.#to = held.length
  }

  async #next(): Promise<Uint8Array | undefined> {
    const { done, value } = await this.#pieces.next()
    if (done === true) this.#hasEnded = true
    if (done === true) return undefined
    if (!(value instanceof Uint8Array)) {
      throw new UsageError('ERR_USAGE_OPTION', 'source: expected pieces of bytes (Uint8Array)')
    }
    return value
  }
}

/** @throws UsageError ERR_USAGE_OPTION */
function iteratorOf(source: ByteSource): AsyncIterator<Uint8Array> | Iterator<Uint8Array> {
  if (typeof source === 'object' && source !== null) {
    if (Symbol.asyncIterator in source) return source[Symbol.asyncIterator]()
    if (Symbol.iterator in source) return source[Symbol.iterator]()
  }
  throw new UsageError('ERR_USAGE_OPTION', 'source: expected a stream, or an iterable of bytes (Uint8Array)')
}
