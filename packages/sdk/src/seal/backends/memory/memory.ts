// A backend in the memory of this process: for tests, caches and stores that are exported in the end.
import { copyBytes, SealError, UnavailableError } from '../../../core/index.js'
import type { Backend, BlobWriter, Place, RootSlots, WriterLease } from '../backend.js'
import { expectName } from '../names.js'
import { createBlobName, PendingSegments } from '../pending-segments.js'
import { cutRange, missingBlob } from '../whole-bytes.js'

/** Gone with the process. The same value may be opened again and again, by one writer and many readers at a time. */
export function memory(): Backend {
  return new MemoryBackend()
}

class MemoryBackend implements Backend {
  readonly name = 'memory'
  readonly #blobs = new Map<string, Uint8Array>()
  readonly #keyrings = new Map<string, Uint8Array>()
  readonly #pending = new PendingSegments()
  #slots: [Uint8Array, Uint8Array] = [new Uint8Array(0), new Uint8Array(0)]
  #version = 0
  #isLocked = false

  async isOccupied(): Promise<boolean> {
    return this.#blobs.size > 0 || this.#slots.some(({ length }) => length > 0)
  }

  async append(parts: readonly Uint8Array[]): Promise<readonly Place[]> {
    return this.#pending.append(parts)
  }

  async createBlob(): Promise<BlobWriter> {
    return new MemoryBlobWriter((blob, bytes) => this.#blobs.set(blob, bytes))
  }

  async flush(): Promise<void> {
    await this.#pending.flush(async (blob, bytes) => {
      this.#blobs.set(blob, copyBytes(bytes))
    })
  }

  async read(place: Place, length: number): Promise<Uint8Array> {
    const blob = expectName(place.blob)
    const bytes = this.#pending.bytesOf(blob) ?? this.#blobs.get(blob)
    if (bytes === undefined) throw missingBlob(blob)
    return cutRange(bytes, place, length)
  }

  async *list(): AsyncGenerator<{ readonly blob: string; readonly bytes: number }> {
    for (const [blob, { length }] of [...this.#blobs]) yield { blob, bytes: length }
  }

  async remove(blob: string): Promise<void> {
    this.#blobs.delete(expectName(blob))
  }

  async readKeyring(name: string): Promise<Uint8Array | undefined> {
    const bytes = this.#keyrings.get(expectName(name))
    return bytes === undefined ? undefined : copyBytes(bytes)
  }

  async writeKeyring(name: string, bytes: Uint8Array): Promise<void> {
    this.#keyrings.set(expectName(name), copyBytes(bytes))
  }

  async listKeyrings(): Promise<readonly string[]> {
    return [...this.#keyrings.keys()]
  }

  async removeKeyring(name: string): Promise<void> {
    this.#keyrings.delete(expectName(name))
  }

  async readRoots(): Promise<RootSlots> {
    const [first, second] = this.#slots
    return { slots: [copyBytes(first), copyBytes(second)], version: String(this.#version) }
  }

  async swapRoot(slot: 0 | 1, record: Uint8Array, expected: string): Promise<string> {
    if (expected !== String(this.#version)) {
      throw new SealError('ERR_SEALED_CONFLICT', `${this.name}: somebody else has written`)
    }
    this.#slots[slot] = copyBytes(record)
    return String(++this.#version)
  }

  async lock(): Promise<WriterLease> {
    if (this.#isLocked) throw new UnavailableError('ERR_STORE_LOCKED', `${this.name}: another store writes to it`)
    this.#isLocked = true
    let isHeld = true
    return {
      assertHeld: async () => {
        if (!isHeld) throw new UnavailableError('ERR_STORE_LOCKED', `${this.name}: the lock was given back`)
      },
      release: async () => {
        if (isHeld) this.#isLocked = false
        isHeld = false
      }
    }
  }

  async close(): Promise<void> {
    // stays for the next time that it is opened
  }
}

class MemoryBlobWriter implements BlobWriter {
  readonly blob: string = createBlobName()
  readonly #keep: (blob: string, bytes: Uint8Array) => void
  #parts: Uint8Array[] = []

  constructor(keep: (blob: string, bytes: Uint8Array) => void) {
    this.#keep = keep
  }

  async write(bytes: Uint8Array): Promise<void> {
    this.#parts.push(copyBytes(bytes))
  }

  async finish(): Promise<void> {
    this.#keep(this.blob, new Uint8Array(Buffer.concat(this.#parts)))
    this.#parts = []
  }

  async discard(): Promise<void> {
    this.#parts = []
  }
}
