// Contents on their way into an object: small ones wait in memory and lie beside others in the end, large ones become a blob of their own.
import { concatBytes, copyBytes, toHex, UnavailableError, UsageError } from '../../core/index.js'
import type { BlobWriter } from '../backends/backend.js'
import type { ObjectIdentity, ObjectWriter } from '../format/object-sealer.js'
import type { Objects } from './objects.js'
import { roundLength } from './padding.js'
import type { ContentWriter, ObjectRef } from './store.js'

/** Longer contents are not kept in memory. */
const maxSmallBytes = 1 << 20

/** Which blobs hold contents that no entry has yet. */
export interface Unlinked {
  /** Until it is `settled`, nobody may take the blob for garbage. */
  hold(id: string, blob: string): void
  settle(id: string): void
}

interface LargeContent {
  readonly identity: ObjectIdentity
  readonly writer: ObjectWriter
  readonly blob: BlobWriter
}

export class StoreContentWriter implements ContentWriter {
  readonly #objects: Objects
  readonly #generation: () => bigint
  readonly #unlinked: Unlinked
  #parts: Uint8Array[] = []
  #length = 0
  #large: LargeContent | undefined
  #sealedLength = 0
  #writing: Promise<void> = Promise.resolve()
  #isOver = false

  constructor(objects: Objects, generation: () => bigint, unlinked: Unlinked) {
    this.#objects = objects
    this.#generation = generation
    this.#unlinked = unlinked
  }

  get length(): number {
    return this.#length
  }

  async write(bytes: Uint8Array): Promise<void> {
    this.#assertOpen()
    this.#length += bytes.length
    if (this.#large !== undefined) return this.#seal(this.#large, bytes)
    if (this.#length <= maxSmallBytes) this.#parts.push(copyBytes(bytes))
    else await this.#outgrow(bytes)
  }

  async finish(): Promise<ObjectRef> {
    this.#assertOpen()
    this.#isOver = true
    return this.#large === undefined ? this.#finishSmall() : this.#finishLarge(this.#large)
  }

  async discard(): Promise<void> {
    if (this.#isOver) return
    this.#isOver = true
    this.#wipeParts()
    if (this.#large === undefined) return
    const { blob } = this.#large
    await this.#writing.catch(() => undefined) // it is taken back in any case
    await blob.discard()
    this.#unlinked.settle(blob.blob)
  }

  async #outgrow(bytes: Uint8Array): Promise<void> {
    const identity = this.#objects.createIdentity('content', this.#generation())
    const blob = await this.#objects.backend.createBlob()
    this.#unlinked.hold(blob.blob, blob.blob)
    this.#large = { identity, blob, writer: this.#objects.keys.current.createWriter(identity) }
    for (const part of this.#parts) await this.#seal(this.#large, part)
    this.#wipeParts()
    await this.#seal(this.#large, bytes)
  }

  /** Seals while the ciphertext before is being written. */
  async #seal(content: LargeContent, bytes: Uint8Array): Promise<void> {
    await this.#send(content, await content.writer.update(bytes))
  }

  async #send({ writer, blob }: LargeContent, sealed: Uint8Array): Promise<void> {
    await this.#writing
    if (sealed.length === 0) return
    this.#sealedLength += sealed.length
    this.#writing = blob.write(sealed).then(() => writer.release?.(sealed))
    this.#writing.catch(() => undefined) // whoever waits for it has the error
  }

  async #finishSmall(): Promise<ObjectRef> {
    const plaintext = concatBytes(...this.#parts)
    this.#wipeParts()
    const [ref] = await this.#objects.append('content', this.#generation(), [plaintext])
    plaintext.fill(0)
    if (ref === undefined) throw new UsageError('ERR_USAGE_OPTION', 'backend: append gave no place')
    this.#unlinked.hold(toHex(ref.objectId), ref.blob)
    return ref
  }

  async #finishLarge(content: LargeContent): Promise<ObjectRef> {
    const { identity, writer, blob } = content
    if (this.#objects.padding === 'padme') await this.#seal(content, this.#zeros())
    await this.#send(content, await writer.finish())
    await this.#writing
    await blob.finish()
    const { objectId, generation, epoch } = identity
    this.#unlinked.hold(toHex(objectId), blob.blob)
    this.#unlinked.settle(blob.blob)
    return { objectId, generation, epoch, blob: blob.blob, offset: 0, sealedLength: this.#sealedLength }
  }

  #zeros(): Uint8Array {
    return new Uint8Array(roundLength(this.#length, 'padme') - this.#length)
  }

  #wipeParts(): void {
    for (const part of this.#parts) part.fill(0)
    this.#parts = []
  }

  #assertOpen(): void {
    if (this.#isOver) throw new UnavailableError('ERR_STORE_CLOSED', 'content: it is finished or was discarded')
  }
}
