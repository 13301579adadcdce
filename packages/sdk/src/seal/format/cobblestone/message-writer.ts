// Seals one message in order, with room for less than a chunk.
import { concatBytes, UsageError } from '../../../core/index.js'
import { type Aead, type ChunkCipher, cobblestoneScheme, type SecretKey } from '../../../native/index.js'
import type { ObjectWriter } from '../object-sealer.js'
import { maxPlaintextBytes } from './layout.js'

const { chunkBytes } = cobblestoneScheme
const nothing = new Uint8Array(0)

/** More than this is worth a trip to another thread. */
const laterBytes = 8 * chunkBytes

export function createMessageWriter(aead: Aead, key: SecretKey, context: Uint8Array, salt: Uint8Array): ObjectWriter {
  const { cipher, commitment } = aead.deriveChunks(key, context, salt)
  return new MessageWriter(cipher, concatBytes(salt, commitment))
}

/** Calls may overlap: what they give comes in their order, and is in that order the message. */
class MessageWriter implements ObjectWriter {
  readonly #cipher: ChunkCipher
  #header: Uint8Array
  /** The beginning of the next chunk. */
  readonly #pending: Uint8Array = new Uint8Array(chunkBytes)
  #pendingBytes = 0
  #chunk = 0
  #isFinished = false

  constructor(cipher: ChunkCipher, header: Uint8Array) {
    this.#cipher = cipher
    this.#header = header
  }

  async update(plaintext: Uint8Array): Promise<Uint8Array> {
    this.#assertOpen(plaintext)
    const whole = this.#pendingBytes + plaintext.length
    if (whole < chunkBytes) {
      this.#keep(plaintext)
      return this.#takeHeader()
    }
    const head = this.#takeHead(plaintext)
    const middle = plaintext.subarray(head.used, plaintext.length - (whole % chunkBytes))
    this.#keep(plaintext.subarray(head.used + middle.length))
    return joinBytes(this.#takeHeader(), head.sealed, await this.#sealWhole(middle))
  }

  async finish(): Promise<Uint8Array> {
    this.#assertOpen(nothing)
    this.#isFinished = true
    const last = this.#cipher.seal(this.#pending.subarray(0, this.#pendingBytes), { first: this.#chunk, isLast: true })
    this.#pending.fill(0)
    this.#cipher.wipe()
    return concatBytes(this.#takeHeader(), last)
  }

  /** The chunk that was begun, with what completes it. */
  #takeHead(plaintext: Uint8Array): { readonly sealed: Uint8Array; readonly used: number } {
    if (this.#pendingBytes === 0) return { sealed: nothing, used: 0 }
    const used = chunkBytes - this.#pendingBytes
    this.#keep(plaintext.subarray(0, used))
    this.#pendingBytes = 0
    return { sealed: this.#cipher.seal(this.#pending, { first: this.#chunk++, isLast: false }), used }
  }

  #sealWhole(plaintext: Uint8Array): Uint8Array | Promise<Uint8Array> {
    if (plaintext.length === 0) return nothing
    const run = { first: this.#chunk, isLast: false }
    this.#chunk += plaintext.length / chunkBytes
    return plaintext.length < laterBytes ? this.#cipher.seal(plaintext, run) : this.#cipher.sealLater(plaintext, run)
  }

  #keep(plaintext: Uint8Array): void {
    this.#pending.set(plaintext, this.#pendingBytes)
    this.#pendingBytes += plaintext.length
  }

  #takeHeader(): Uint8Array {
    const header = this.#header
    this.#header = nothing
    return header
  }

  #assertOpen(plaintext: Uint8Array): void {
    if (!(plaintext instanceof Uint8Array)) throw new UsageError('ERR_USAGE_OPTION', 'plaintext: expected a Uint8Array')
    if (this.#isFinished) throw new UsageError('ERR_USAGE_OPTION', 'sealed message: it is finished')
    if (this.#chunk * chunkBytes + this.#pendingBytes + plaintext.length > maxPlaintextBytes) {
      throw new UsageError('ERR_USAGE_OPTION', 'sealed message: it would be longer than 4 PiB')
    }
  }
}

/** Without a copy where there is only one. */
function joinBytes(...parts: readonly Uint8Array[]): Uint8Array {
  const [first = nothing, ...more] = parts.filter((part) => part.length > 0)
  return more.length === 0 ? first : concatBytes(first, ...more)
}
