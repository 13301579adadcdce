// Small objects on their way to a backend that stores whole blobs: gathered into one until the flush that makes them durable.
import { randomBytes } from 'node:crypto'
import { toHex } from '../../core/index.js'
import type { Place } from './backend.js'

/** A name that no other blob has. */
export function createBlobName(): string {
  return toHex(randomBytes(16))
}

type Put = (blob: string, bytes: Uint8Array) => Promise<void>

/** One blob in the making. */
class Segment {
  readonly blob: string = createBlobName()
  #bytes = new Uint8Array(4096)
  #length = 0

  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length)
  }

  add(part: Uint8Array): Place {
    const offset = this.#length
    this.#reserve(offset + part.length)
    this.#bytes.set(part, offset)
    this.#length += part.length
    return { blob: this.blob, offset }
  }

  #reserve(length: number): void {
    if (length <= this.#bytes.length) return
    const larger = new Uint8Array(Math.max(length, 2 * this.#bytes.length))
    larger.set(this.bytes)
    this.#bytes = larger
  }
}

/** What has not been stored yet. It stays readable, and what could not be stored is tried again with the next flush. */
export class PendingSegments {
  #open = new Segment()
  readonly #leaving = new Map<string, Segment>()

  /** Bytes that wait for a flush. */
  get length(): number {
    return this.#open.bytes.length
  }

  append(parts: readonly Uint8Array[]): Place[] {
    return parts.map((part) => this.#open.add(part))
  }

  async flush(put: Put): Promise<void> {
    if (this.length > 0) {
      this.#leaving.set(this.#open.blob, this.#open)
      this.#open = new Segment()
    }
    await Promise.all([...this.#leaving.values()].map((segment) => this.#store(segment, put)))
  }

  /** `undefined` for a blob that is none of ours, or stored. */
  bytesOf(blob: string): Uint8Array | undefined {
    return blob === this.#open.blob ? this.#open.bytes : this.#leaving.get(blob)?.bytes
  }

  async #store(segment: Segment, put: Put): Promise<void> {
    await put(segment.blob, segment.bytes)
    this.#leaving.delete(segment.blob)
  }
}
