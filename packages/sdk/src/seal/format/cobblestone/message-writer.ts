// Seals one message in order, with room for less than a chunk.
import { concatBytes, UsageError } from '../../../core/index.js'
import { type Aead, type ChunkCipher, cobblestoneScheme, type SecretKey, tagBytes } from '../../../native/index.js'
import type { ObjectWriter } from '../object-sealer.js'
import { maxPlaintextBytes } from './layout.js'

const { chunkBytes } = cobblestoneScheme
const nothing = new Uint8Array(0)

/** From here on it is worth a trip to other threads. */
const laterBytes = 1 << 21
/** Less is allocated as quickly as it is found again. */
const worthKeepingBytes = 1 << 16
const maxSpare = 3

export function createMessageWriter(aead: Aead, key: SecretKey, context: Uint8Array, salt: Uint8Array): ObjectWriter {
  const { cipher, commitment } = aead.deriveChunks(key, context, salt)
  return new MessageWriter(aead, cipher, concatBytes(salt, commitment))
}

/** Calls may overlap: what they give comes in their order, and is in that order the message. */
class MessageWriter implements ObjectWriter {
  readonly #aead: Aead
  readonly #cipher: ChunkCipher
  #header: Uint8Array
  /** The beginning of the next chunk. */
  readonly #pending: Uint8Array = new Uint8Array(chunkBytes)
  #pendingBytes = 0
  #chunk = 0
  #isFinished = false
  /** Memory of ours, and what of it is free. */
  readonly #ours: WeakSet<ArrayBufferLike> = new WeakSet()
  readonly #spare: ArrayBufferLike[] = []

  constructor(aead: Aead, cipher: ChunkCipher, header: Uint8Array) {
    this.#aead = aead
    this.#cipher = cipher
    this.#header = header
  }

  async update(plaintext: Uint8Array): Promise<Uint8Array> {
    this.#assertOpen(plaintext)
    const whole = this.#pendingBytes + plaintext.length
    const out = this.#allocate(this.#header.length + Math.floor(whole / chunkBytes) * (chunkBytes + tagBytes))
    if (whole < chunkBytes) {
      this.#keep(plaintext)
      this.#takeHeader(out)
      return out
    }
    const begin = this.#takeHeader(out)
    const used = this.#pendingBytes === 0 ? 0 : this.#sealPending(plaintext, out.subarray(begin))
    const middle = plaintext.subarray(used, plaintext.length - (whole % chunkBytes))
    this.#keep(plaintext.subarray(used + middle.length))
    await this.#sealWhole(middle, out.subarray(begin + (used === 0 ? 0 : chunkBytes + tagBytes)))
    return out
  }

  async finish(): Promise<Uint8Array> {
    this.#assertOpen(nothing)
    this.#isFinished = true
    const last = this.#cipher.seal(this.#pending.subarray(0, this.#pendingBytes), { first: this.#chunk, isLast: true })
    this.#pending.fill(0)
    this.#spare.length = 0
    this.#cipher.wipe()
    return concatBytes(this.#header, last)
  }

  release(sealed: Uint8Array): void {
    const isOurs = this.#ours.has(sealed.buffer) && !this.#spare.includes(sealed.buffer)
    if (isOurs && !this.#isFinished && this.#spare.length < maxSpare) this.#spare.push(sealed.buffer)
  }

  /** Completes the chunk that was begun, and seals it. How much of `plaintext` that takes. */
  #sealPending(plaintext: Uint8Array, out: Uint8Array): number {
    const used = chunkBytes - this.#pendingBytes
    this.#keep(plaintext.subarray(0, used))
    this.#pendingBytes = 0
    const run = { first: this.#chunk++, isLast: false }
    this.#cipher.sealInto(out.subarray(0, chunkBytes + tagBytes), this.#pending, run)
    return used
  }

  async #sealWhole(plaintext: Uint8Array, out: Uint8Array): Promise<void> {
    if (plaintext.length === 0) return
    const run = { first: this.#chunk, isLast: false }
    this.#chunk += plaintext.length / chunkBytes
    if (plaintext.length < laterBytes) this.#cipher.sealInto(out, plaintext, run)
    else await this.#cipher.sealLater(plaintext, run, out)
  }

  #keep(plaintext: Uint8Array): void {
    this.#pending.set(plaintext, this.#pendingBytes)
    this.#pendingBytes += plaintext.length
  }

  /** How long it is. */
  #takeHeader(out: Uint8Array): number {
    const { length } = this.#header
    out.set(this.#header)
    this.#header = nothing
    return length
  }

  #allocate(bytes: number): Uint8Array {
    if (bytes < worthKeepingBytes) return new Uint8Array(bytes)
    const at = this.#spare.findIndex((buffer) => buffer.byteLength >= bytes)
    const [spare] = at < 0 ? [] : this.#spare.splice(at, 1)
    if (spare !== undefined) return new Uint8Array(spare, 0, bytes)
    const allocated = this.#aead.allocate(bytes)
    this.#ours.add(allocated.buffer)
    return allocated
  }

  #assertOpen(plaintext: Uint8Array): void {
    if (!(plaintext instanceof Uint8Array)) throw new UsageError('ERR_USAGE_OPTION', 'plaintext: expected a Uint8Array')
    if (this.#isFinished) throw new UsageError('ERR_USAGE_OPTION', 'sealed message: it is finished')
    if (this.#chunk * chunkBytes + this.#pendingBytes + plaintext.length > maxPlaintextBytes) {
      throw new UsageError('ERR_USAGE_OPTION', 'sealed message: it would be longer than 4 PiB')
    }
  }
}
