// Objects in and out of the backend: sealed with the newest key, opened with the key of their epoch.

import { crypto } from '#crypto'
import { SealError, UsageError } from '../../core/index.js'
import type { Backend } from '../backends/backend.js'
import type { ObjectIdentity, ObjectKind, ObjectSealer } from '../format/object-sealer.js'
import { ObjectReaders } from './object-readers.js'
import { type Padding, padPlaintext } from './padding.js'
import type { ObjectRef } from './store.js'
import type { StoreKeys } from './store-keys.js'

export interface ObjectsOptions {
  readonly backend: Backend
  readonly storeId: Uint8Array
  readonly keys: StoreKeys
  readonly padding: Padding
}

/** Objects that are read in one piece: nodes and deltas. The largest has one entry of the largest size. */
const maxWholeBytes = 1 << 23
/** Contents up to this length are read in one piece too: about one chunk. */
const smallBytes = 20_480

export class Objects {
  readonly backend: Backend
  readonly storeId: Uint8Array
  readonly padding: Padding
  /** Objects of older epochs are refused. */
  minEpoch = 0
  /** Where small objects were put last: more may follow. */
  youngestBlob: string | undefined
  #keys: StoreKeys
  readonly #retired = new Set<StoreKeys>()
  readonly #readers: ObjectReaders
  #unpadded = 0

  constructor({ backend, storeId, keys, padding }: ObjectsOptions) {
    this.backend = backend
    this.storeId = storeId
    this.#keys = keys
    this.padding = padding
    this.#readers = new ObjectReaders(backend, (ref) => ({
      sealer: this.#sealerOf(ref),
      identity: this.#identify(ref, 'content')
    }))
  }

  get keys(): StoreKeys {
    return this.#keys
  }

  /** The old ones stay until the end: what is open may need them. */
  changeKeys(keys: StoreKeys): void {
    if (keys === this.#keys) return
    this.#retired.add(this.#keys)
    this.#keys = keys
  }

  createIdentity(kind: ObjectKind, generation: bigint): ObjectIdentity {
    const epoch = this.keys.current.epoch
    return { storeId: this.storeId, objectId: crypto.randomBytes(16), generation, epoch, kind }
  }

  /** Seals and stores small objects; durable after the backend's `flush`. */
  async append(kind: ObjectKind, generation: bigint, plaintexts: readonly Uint8Array[]): Promise<ObjectRef[]> {
    const sealer = this.keys.current
    const identities = plaintexts.map(() => this.createIdentity(kind, generation))
    const sealed = plaintexts.map((plaintext, i) => sealer.seal(identities[i] as ObjectIdentity, plaintext))
    return this.#place(identities, sealed)
  }

  /** One object, made so long that what was appended since the last one has a rounded length. */
  async appendPadded(
    kind: ObjectKind,
    generation: bigint,
    encode: (paddedLength: number) => Uint8Array
  ): Promise<ObjectRef> {
    const { length } = encode(0)
    const sealer = this.keys.current
    const padded = padPlaintext(length, this.#unpadded, this.padding, (n) => sealer.sealedLength(n))
    const [ref] = await this.append(kind, generation, [encode(padded)])
    this.#unpadded = 0
    return ref as ObjectRef // one in, one out
  }

  /** The ciphertext of `ref`, for another place. */
  readSealed(ref: ObjectRef): Promise<Uint8Array> {
    return this.backend.read(ref, ref.sealedLength)
  }

  /** Ciphertext in a new place. */
  async appendSealed(ref: ObjectRef, sealed: Uint8Array): Promise<ObjectRef> {
    const [place] = await this.backend.append([sealed])
    if (place === undefined) throw new UsageError('ERR_USAGE_OPTION', 'backend: append gave no place')
    this.#unpadded += sealed.length
    this.youngestBlob = place.blob
    return { ...ref, blob: place.blob, offset: place.offset }
  }

  /** @throws SealError, UnavailableError ERR_STORE_BACKEND */
  async openWhole(kind: ObjectKind, ref: ObjectRef): Promise<Uint8Array> {
    const sealer = this.#sealerOf(ref)
    if (ref.sealedLength > maxWholeBytes) {
      throw new SealError('ERR_SEALED_FORMAT', `${kind} object: expected at most ${maxWholeBytes} bytes`)
    }
    return sealer.open(this.#identify(ref, kind), await this.backend.read(ref, ref.sealedLength))
  }

  /** Fills `target` from the plaintext of a content object. */
  async readContent(ref: ObjectRef, offset: number, target: Uint8Array): Promise<void> {
    if (ref.sealedLength > smallBytes) return this.#readers.readInto(ref, target, offset)
    const plaintext = await this.openWhole('content', ref)
    const part = plaintext.subarray(offset, offset + target.length)
    if (part.length !== target.length) throw this.tooShort(ref, offset + target.length, plaintext.length)
    target.set(part)
    plaintext.fill(0)
  }

  /** Opens all of a content object, piece by piece; answers its length. Pieces are wiped when `take` has had them. */
  async openContent(
    ref: ObjectRef,
    take: (piece: Uint8Array) => Promise<void> = async () => undefined
  ): Promise<number> {
    if (ref.sealedLength > smallBytes) return this.#readers.openAll(ref, take)
    const plaintext = await this.openWhole('content', ref)
    await take(plaintext)
    const { length } = plaintext
    plaintext.fill(0)
    return length
  }

  tooShort(ref: ObjectRef, expected: number, actual: number): SealError {
    return new SealError('ERR_SEALED_FORMAT', `object in ${ref.blob}: expected ${expected} bytes, found ${actual}`, {
      details: { field: ref.blob, expected: String(expected), actual: String(actual) }
    })
  }

  close(): void {
    this.#readers.close()
    for (const keys of [this.#keys, ...this.#retired]) keys.wipe()
  }

  async #place(identities: readonly ObjectIdentity[], sealed: readonly Uint8Array[]): Promise<ObjectRef[]> {
    const places = await this.backend.append(sealed)
    this.youngestBlob = places.at(-1)?.blob ?? this.youngestBlob
    this.#unpadded += sealed.reduce((sum, { length }) => sum + length, 0)
    return identities.map(({ objectId, generation, epoch }, i) => {
      const { blob, offset } = places[i] as (typeof places)[number] // one for each part
      return { objectId, generation, epoch, blob, offset, sealedLength: (sealed[i] as Uint8Array).length }
    })
  }

  #identify({ objectId, generation, epoch }: ObjectRef, kind: ObjectKind): ObjectIdentity {
    return { storeId: this.storeId, objectId, generation, epoch, kind }
  }

  #sealerOf({ epoch }: ObjectRef): ObjectSealer {
    if (epoch < this.minEpoch) {
      throw new SealError('ERR_SEALED_KEY', `object: its key of epoch ${epoch} was given up`, {
        details: { field: 'epoch', expected: `at least ${this.minEpoch}`, actual: String(epoch) }
      })
    }
    return epoch === this.keys.current.epoch ? this.keys.current : this.keys.sealer(epoch)
  }
}
