// Opens one message in order, as it comes in. Gives out a chunk once its tag has been verified, and calls the message complete only
// after its last one.
import { concatBytes, equalBytes, UsageError } from '../../../core/index.js'
import {
  type Aead,
  type ChunkCipher,
  cobblestoneScheme,
  messageHeaderBytes,
  type SecretKey,
  saltBytes,
  tagBytes
} from '../../../native/index.js'
import { chunkOffset, truncated, unauthentic } from './layout.js'

const sealedChunkBytes: number = cobblestoneScheme.chunkBytes + tagBytes
const nothing = new Uint8Array(0)

/** Opens in order. After a failure it stays failed. */
export interface MessageOpener {
  /** What can be opened with what came in so far. @throws SealError ERR_SEALED_AUTH */
  update(sealed: Uint8Array): Promise<Uint8Array>
  /** The rest. Only now is it certain that nothing is missing. @throws SealError ERR_SEALED_AUTH, ERR_SEALED_TRUNCATED */
  finish(): Promise<Uint8Array>
  /** Wipes the key, for one that is not finished. May be repeated. */
  close(): void
}

export function createMessageOpener(aead: Aead, key: SecretKey, context: Uint8Array): MessageOpener {
  return new Opener((salt) => aead.deriveChunks(key, context, salt))
}

class Opener implements MessageOpener {
  readonly #derive: (salt: Uint8Array) => ReturnType<Aead['deriveChunks']>
  #cipher: ChunkCipher | undefined
  #pending: Uint8Array = nothing
  #chunk = 0
  #state: 'open' | 'busy' | 'done' = 'open'

  constructor(derive: (salt: Uint8Array) => ReturnType<Aead['deriveChunks']>) {
    this.#derive = derive
  }

  async update(sealed: Uint8Array): Promise<Uint8Array> {
    if (!(sealed instanceof Uint8Array)) throw new UsageError('ERR_USAGE_OPTION', 'sealed: expected a Uint8Array')
    return this.#once('open', () => this.#openWhole(concatBytes(this.#pending, sealed)))
  }

  async finish(): Promise<Uint8Array> {
    return this.#once('done', () => this.#openLast(this.#pending))
  }

  close(): void {
    this.#state = 'done'
    this.#cipher?.wipe()
  }

  /** One call at a time, and none after a failure. */
  async #once(next: 'open' | 'done', work: () => Promise<Uint8Array>): Promise<Uint8Array> {
    if (this.#state !== 'open') throw new UsageError('ERR_USAGE_OPTION', `sealed message: its opener is ${this.#state}`)
    this.#state = 'busy'
    try {
      const plaintext = await work()
      this.#state = next
      return plaintext
    } finally {
      if (this.#state !== 'open') this.close()
    }
  }

  /** A chunk of full length is never the last one. */
  async #openWhole(sealed: Uint8Array): Promise<Uint8Array> {
    const from = this.#openHeader(sealed)
    const bytes = sealed.length - from - ((sealed.length - from) % sealedChunkBytes)
    this.#pending = sealed.slice(from + bytes)
    if (this.#cipher === undefined || bytes === 0) return nothing
    const chunks = sealed.subarray(from, from + bytes)
    const plaintext = new Uint8Array((bytes / sealedChunkBytes) * cobblestoneScheme.chunkBytes)
    const isOpen = await this.#cipher.openInto(plaintext, { sealed: chunks, first: this.#chunk, isLast: false }, 0)
    if (!isOpen) throw unauthentic(`one of its chunks from ${this.#chunk} on`)
    this.#chunk += bytes / sealedChunkBytes
    return plaintext
  }

  async #openLast(sealed: Uint8Array): Promise<Uint8Array> {
    if (this.#cipher === undefined) throw truncated(sealed.length)
    if (sealed.length < tagBytes) throw truncated(chunkOffset(this.#chunk) + sealed.length)
    const plaintext = this.#cipher.open({ sealed, first: this.#chunk, isLast: true })
    if (plaintext === undefined) throw unauthentic('its last chunk')
    return plaintext
  }

  /** Where the chunks begin in what came in. */
  #openHeader(sealed: Uint8Array): number {
    if (this.#cipher !== undefined || sealed.length < messageHeaderBytes) return 0
    const { cipher, commitment } = this.#derive(sealed.slice(0, saltBytes))
    this.#cipher = cipher
    if (!equalBytes(commitment, sealed.subarray(saltBytes, messageHeaderBytes))) throw unauthentic('its header')
    return messageHeaderBytes
  }
}
