// A cursor over hostile bytes: every read is bounded, nothing is a view of the input.
import type { EvidenceCode } from './error-codes.js'
import { EvidenceError } from './errors.js'

/**
 * Reads fixed-size fields in order. All failures carry the code given at construction and name `what` and the field.
 */
export class Reader {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  readonly #what: string
  readonly #code: EvidenceCode
  #offset = 0

  constructor(bytes: Uint8Array, what: string, code: EvidenceCode = 'ERR_EVIDENCE_FORMAT') {
    this.#bytes = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length) // no Buffer, whose slice copies nothing
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#what = what
    this.#code = code
  }

  /** Offset of the next read, in bytes. */
  get offset(): number {
    return this.#offset
  }

  get remaining(): number {
    return this.#bytes.length - this.#offset
  }

  /** A copy of the next `length` bytes. */
  bytes(length: number, field: string): Uint8Array {
    const start = this.#take(length, field)
    return this.#bytes.slice(start, start + length)
  }

  u8(field: string): number {
    return this.#view.getUint8(this.#take(1, field))
  }

  u16le(field: string): number {
    return this.#view.getUint16(this.#take(2, field), true)
  }

  u16be(field: string): number {
    return this.#view.getUint16(this.#take(2, field))
  }

  u32le(field: string): number {
    return this.#view.getUint32(this.#take(4, field), true)
  }

  u32be(field: string): number {
    return this.#view.getUint32(this.#take(4, field))
  }

  u64le(field: string): bigint {
    return this.#view.getBigUint64(this.#take(8, field), true)
  }

  u64be(field: string): bigint {
    return this.#view.getBigUint64(this.#take(8, field))
  }

  /** Skips `length` bytes that the specification wants to be zero. */
  zeros(length: number, field: string): void {
    const start = this.#take(length, field)
    for (let i = start; i < start + length; i++) {
      if (this.#bytes[i] !== 0) throw this.fail(`${field} at 0x${i.toString(16)} must be zero`, field)
    }
  }

  /** Skips bytes whose content does not matter. */
  skip(length: number, field: string): void {
    this.#take(length, field)
  }

  /** Refuses trailing bytes. */
  end(): void {
    if (this.remaining !== 0) throw this.fail(`expected the end at ${this.#offset} bytes, found ${this.remaining} more`)
  }

  /** The error that this reader would throw, for rules that the caller checks. */
  fail(message: string, field?: string): EvidenceError {
    return new EvidenceError(this.#code, `${this.#what}: ${message}`, { details: field === undefined ? {} : { field } })
  }

  #take(length: number, field: string): number {
    if (!Number.isSafeInteger(length) || length < 0 || length > this.remaining) {
      throw this.fail(`${field} needs ${length} bytes at ${this.#offset}, found ${this.remaining}`, field)
    }
    const start = this.#offset
    this.#offset += length
    return start
  }
}
