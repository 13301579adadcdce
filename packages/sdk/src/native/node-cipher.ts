// The chunks of one message with createCipheriv and createDecipheriv: a pair of calls for each chunk, into one array for the whole run.
import { createCipheriv, createDecipheriv } from 'node:crypto'
import { UnavailableError } from '../core/index.js'
import type { ChunkCipher, SealedChunks } from './aead.js'
import {
  type ChunkRun,
  type ChunkScheme,
  chunkNonce,
  countChunks,
  isFinalChunk,
  plaintextBytesOf,
  tagBytes
} from './chunk-scheme.js'

/** So much at once, then others have their turn. */
const sliceBytes = 1 << 20

interface Chunk {
  readonly nonce: Uint8Array
  readonly plainAt: number
  readonly sealedAt: number
  readonly plainBytes: number
}

/** `key` and `baseNonce` belong to the cipher, which wipes them. `takeTurns` resolves when others have had their turn. */
export function createNodeCipher(
  scheme: ChunkScheme,
  key: Uint8Array,
  baseNonce: Uint8Array,
  takeTurns: () => Promise<unknown>
): ChunkCipher {
  return new NodeCipher(scheme, key, baseNonce, takeTurns)
}

class NodeCipher implements ChunkCipher {
  readonly scheme: ChunkScheme
  readonly #key: Uint8Array
  readonly #baseNonce: Uint8Array
  readonly #takeTurns: () => Promise<unknown>
  #underWay = 0
  #isWiped = false

  constructor(scheme: ChunkScheme, key: Uint8Array, baseNonce: Uint8Array, takeTurns: () => Promise<unknown>) {
    this.scheme = scheme
    this.#key = key
    this.#baseNonce = baseNonce
    this.#takeTurns = takeTurns
  }

  seal(plaintext: Uint8Array, run: ChunkRun): Uint8Array {
    const chunks = this.#chunksOf(plaintext.length, run)
    const sealed = new Uint8Array(plaintext.length + chunks.length * tagBytes)
    for (const chunk of chunks) this.#sealChunk(plaintext, sealed, chunk)
    return sealed
  }

  sealInto(target: Uint8Array, plaintext: Uint8Array, run: ChunkRun): void {
    const sealed = this.seal(plaintext, run)
    target.set(sealed)
  }

  async sealLater(plaintext: Uint8Array, run: ChunkRun, target?: Uint8Array): Promise<Uint8Array> {
    const copy = plaintext.length > sliceBytes ? new Uint8Array(plaintext) : plaintext
    const chunks = this.#chunksOf(copy.length, run)
    const sealed = target ?? new Uint8Array(copy.length + chunks.length * tagBytes)
    await this.#inSlices(chunks, (chunk) => this.#sealChunk(copy, sealed, chunk))
    if (copy !== plaintext) copy.fill(0)
    return sealed
  }

  open({ sealed, ...run }: SealedChunks): Uint8Array | undefined {
    const plaintext = new Uint8Array(plaintextBytesOf(this.scheme, sealed.length, run) ?? 0)
    const isOpen = this.#chunksOf(plaintext.length, run).every((chunk) => this.#openChunk(sealed, plaintext, chunk))
    if (isOpen) return plaintext
    plaintext.fill(0)
    return undefined
  }

  async openInto(target: Uint8Array, { sealed, ...run }: SealedChunks, skip: number): Promise<boolean> {
    const plaintext = new Uint8Array(plaintextBytesOf(this.scheme, sealed.length, run) ?? 0)
    const chunks = this.#chunksOf(plaintext.length, run)
    const isOpen = await this.#inSlices(chunks, (chunk) => this.#openChunk(sealed, plaintext, chunk))
    if (isOpen) target.set(plaintext.subarray(skip, skip + target.length))
    else target.fill(0)
    plaintext.fill(0)
    return isOpen
  }

  wipe(): void {
    this.#isWiped = true
    if (this.#underWay > 0) return
    this.#key.fill(0)
    this.#baseNonce.fill(0)
  }

  /** @throws UnavailableError ERR_STORE_CLOSED rather than use a key of zeros */
  #chunksOf(plainBytes: number, run: ChunkRun): readonly Chunk[] {
    if (this.#isWiped) throw new UnavailableError('ERR_STORE_CLOSED', 'sealed message: its key has been wiped')
    const { chunkBytes } = this.scheme
    const count = countChunks(this.scheme, plainBytes, run) ?? 0
    return Array.from({ length: count }, (_, index) => ({
      nonce: chunkNonce(this.scheme, this.#baseNonce, run.first + index, isFinalChunk(this.scheme, index, count, run)),
      plainAt: index * chunkBytes,
      sealedAt: index * (chunkBytes + tagBytes),
      plainBytes: Math.min(chunkBytes, plainBytes - index * chunkBytes)
    }))
  }

  /** False, and nothing more is done, when `work` says so. */
  async #inSlices(chunks: readonly Chunk[], work: (chunk: Chunk) => boolean): Promise<boolean> {
    const perSlice = sliceBytes / this.scheme.chunkBytes
    this.#underWay++
    try {
      for (const [index, chunk] of chunks.entries()) {
        if (index > 0 && index % perSlice === 0) await this.#takeTurns()
        if (!work(chunk)) return false
      }
      return true
    } finally {
      this.#underWay--
      if (this.#isWiped) this.wipe()
    }
  }

  #sealChunk(plaintext: Uint8Array, sealed: Uint8Array, chunk: Chunk): true {
    const { plainAt, sealedAt, plainBytes } = chunk
    const cipher = createCipheriv(this.scheme.cipher as 'aes-256-gcm', this.#key, chunk.nonce, {
      authTagLength: tagBytes
    }) // both are AEADs to Node
    sealed.set(cipher.update(plaintext.subarray(plainAt, plainAt + plainBytes)), sealedAt)
    cipher.final()
    sealed.set(cipher.getAuthTag(), sealedAt + plainBytes)
    return true
  }

  #openChunk(sealed: Uint8Array, plaintext: Uint8Array, chunk: Chunk): boolean {
    const { plainAt, sealedAt, plainBytes } = chunk
    const decipher = createDecipheriv(this.scheme.cipher as 'aes-256-gcm', this.#key, chunk.nonce, {
      authTagLength: tagBytes
    }) // as above
    decipher.setAuthTag(sealed.subarray(sealedAt + plainBytes, sealedAt + plainBytes + tagBytes))
    const opened = decipher.update(sealed.subarray(sealedAt, sealedAt + plainBytes))
    try {
      decipher.final()
    } catch {
      opened.fill(0)
      return false
    }
    plaintext.set(opened, plainAt)
    opened.fill(0)
    return true
  }
}
