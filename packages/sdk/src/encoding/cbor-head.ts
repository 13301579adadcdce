// Heads of CBOR data items (RFC 8949 §3): major type and argument, and the bytes that follow.
import type { EvidenceError } from '../core/index.js'

/** A cursor over heads. `next` reads an initial byte; the other methods read what it announces. */
export class CborHead {
  protected readonly bytes: Uint8Array
  protected readonly view: DataView
  readonly fail: (message: string) => EvidenceError
  protected at = 0
  protected info = 0

  constructor(bytes: Uint8Array, fail: (message: string) => EvidenceError) {
    this.bytes = bytes
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.fail = fail
  }

  get atEnd(): boolean {
    return this.at === this.bytes.length
  }

  get offset(): number {
    return this.at
  }

  /** A view of what was read since `start`. */
  since(start: number): Uint8Array {
    return this.bytes.subarray(start, this.at)
  }

  /** Reads an initial byte and returns its major type. */
  next(): number {
    const initial = this.view.getUint8(this.advance(1))
    this.info = initial & 0x1f
    return initial >> 5
  }

  /** The argument as the integer that it is. */
  integer(): number | bigint {
    const value = this.#argument()
    return typeof value === 'bigint' && value <= Number.MAX_SAFE_INTEGER ? Number(value) : value
  }

  /** The argument where it must be a safe number. */
  number(what: string): number {
    const value = this.integer()
    if (typeof value === 'bigint') throw this.fail(`${what} ${value} is out of range`)
    return value
  }

  /** A count of things that take at least `width` bytes each, so never more than there is input for. */
  length(width: number): number {
    const length = this.number('length')
    const room = (this.bytes.length - this.at) / width
    if (length > room) throw this.fail(`length ${length} at ${this.at}, found room for ${Math.floor(room)}`)
    return length
  }

  /** A view of the next `length` bytes. */
  take(length: number): Uint8Array {
    const start = this.advance(length)
    return this.bytes.subarray(start, start + length)
  }

  /** false, true, or null. */
  simple(): boolean | null | number {
    if (this.info === 20) return false
    if (this.info === 21) return true
    if (this.info === 22) return null
    throw this.fail(`simple value ${this.info} is not accepted`)
  }

  #argument(): number | bigint {
    switch (this.info) {
      case 24:
        return this.shortest(this.view.getUint8(this.advance(1)), 24)
      case 25:
        return this.shortest(this.view.getUint16(this.advance(2)), 0x100)
      case 26:
        return this.shortest(this.view.getUint32(this.advance(4)), 0x10000)
      case 27:
        return this.shortest(this.view.getBigUint64(this.advance(8)), 0x100000000)
      default:
        if (this.info > 27) throw this.fail(`malformed head at ${this.at - 1}`)
        return this.info
    }
  }

  protected shortest<T extends number | bigint>(value: T, min: number): T {
    if (value < min) throw this.fail(`${value} is not in its shortest form`)
    return value
  }

  protected advance(length: number): number {
    const start = this.at
    if (length > this.bytes.length - start) {
      throw this.fail(`needs ${length} bytes at ${start}, found ${this.bytes.length - start}`)
    }
    this.at += length
    return start
  }
}
