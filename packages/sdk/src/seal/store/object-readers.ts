// Readers of large objects, kept for a while: opening one derives keys and borrows a file.
import { equalBytes, SealError } from '../../core/index.js'
import type { Backend } from '../backends/backend.js'
import type { ObjectIdentity, ObjectReader, ObjectSealer, SealedBytes } from '../format/object-sealer.js'
import type { ObjectRef } from './store.js'

interface Held {
  readonly ref: ObjectRef
  readonly reader: ObjectReader
  users: number
  /** Closed when its last user is done. */
  isEvicted: boolean
  close(): void
}

type Unlock = (ref: ObjectRef) => { readonly sealer: ObjectSealer; readonly identity: ObjectIdentity }

const maxHeld = 48
const pieceBytes = 1 << 20

export class ObjectReaders {
  readonly #backend: Backend
  readonly #unlock: Unlock
  readonly #held = new Map<string, Promise<Held>>()

  constructor(backend: Backend, unlock: Unlock) {
    this.#backend = backend
    this.#unlock = unlock
  }

  async readInto(ref: ObjectRef, target: Uint8Array, offset: number): Promise<void> {
    await this.#use(ref, async (reader) => {
      if (offset + target.length > reader.length) throw endsBehind(ref, reader.length)
      await reader.readInto(target, offset)
    })
  }

  /** Opens all of it; answers its length. */
  async openAll(ref: ObjectRef, take: (piece: Uint8Array) => Promise<void>): Promise<number> {
    return this.#use(ref, async (reader) => {
      await reader.verifyLength()
      const buffer = new Uint8Array(Math.min(pieceBytes, reader.length))
      for (let at = 0; at < reader.length; at += pieceBytes) {
        const piece = buffer.subarray(0, Math.min(pieceBytes, reader.length - at))
        await reader.readInto(piece, at)
        await take(piece)
      }
      buffer.fill(0)
      return reader.length
    })
  }

  close(): void {
    for (const key of this.#held.keys()) this.#evict(key)
  }

  async #use<T>(ref: ObjectRef, work: (reader: ObjectReader) => Promise<T>): Promise<T> {
    const held = await this.#hold(ref)
    try {
      return await work(held.reader)
    } finally {
      release(held)
    }
  }

  async #hold(ref: ObjectRef): Promise<Held> {
    const key = `${ref.blob}:${ref.offset}`
    const known = this.#held.get(key)
    if (known === undefined) return claim(await this.#openAt(key, ref))
    const held = await known
    if (!held.isEvicted && isSame(held.ref, ref)) {
      this.#held.delete(key)
      this.#held.set(key, known)
      return claim(held)
    }
    return claim({ ...(await this.#open(ref)), isEvicted: true })
  }

  async #openAt(key: string, ref: ObjectRef): Promise<Held> {
    const opening = this.#open(ref)
    this.#held.set(key, opening)
    for (const oldest of this.#held.keys()) {
      if (this.#held.size <= maxHeld) break
      this.#evict(oldest)
    }
    try {
      return await opening
    } catch (error) {
      this.#held.delete(key)
      throw error
    }
  }

  #evict(key: string): void {
    const opening = this.#held.get(key)
    this.#held.delete(key)
    opening?.then(
      (held) => {
        held.isEvicted = true
        if (held.users === 0) held.close()
      },
      () => undefined // whoever opened it has the error
    )
  }

  async #open(ref: ObjectRef): Promise<Held> {
    const { sealer, identity } = this.#unlock(ref)
    const file = await this.#backend.borrowFile?.(ref.blob)
    try {
      const reader = await sealer.openReader(identity, this.#bytesOf(ref, file?.fd))
      const close = () => {
        reader.close()
        file?.release()
      }
      return { ref, reader, users: 0, isEvicted: false, close }
    } catch (error) {
      file?.release()
      throw error
    }
  }

  #bytesOf(ref: ObjectRef, fd: number | undefined): SealedBytes {
    const bytes = {
      length: ref.sealedLength,
      read: (offset: number, length: number) =>
        this.#backend.read({ blob: ref.blob, offset: ref.offset + offset }, length)
    }
    return fd === undefined ? bytes : { ...bytes, file: { fd, position: ref.offset } }
  }
}

function claim(held: Held): Held {
  held.users++
  return held
}

function release(held: Held): void {
  held.users--
  if (held.isEvicted && held.users === 0) held.close()
}

function isSame(a: ObjectRef, b: ObjectRef): boolean {
  return (
    equalBytes(a.objectId, b.objectId) &&
    a.generation === b.generation &&
    a.epoch === b.epoch &&
    a.sealedLength === b.sealedLength
  )
}

function endsBehind(ref: ObjectRef, length: number): SealError {
  return new SealError('ERR_SEALED_FORMAT', `object in ${ref.blob}: a read ends behind its ${length} bytes`, {
    details: { field: ref.blob }
  })
}
