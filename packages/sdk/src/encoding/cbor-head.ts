// Heads of CBOR data items (RFC 8949 §3): major type and argument, and the bytes that follow.
import type { EvidenceError } from '../core/index.js'

/** In the place of a length: items follow until a break. */
export const indefinite: unique symbol = Symbol('indefinite')

export interface CborHeadRules {
  readonly allowIndefinite: boolean
  readonly allowLongIntegers: boolean
  readonly allowFloats: boolean
}

const breakByte = 0xff

/** A cursor over heads. `next` reads an initial byte; the other methods read what it announces. */
export class CborHead {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  readonly #rules: CborHeadRules
  readonly fail: (message: string) => EvidenceError
  #offset = 0
  #info = 0

  constructor(bytes: Uint8Array, rules: CborHeadRules, fail: (message: string) => EvidenceError) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#rules = rules
    this.fail = fail
  }

  get atEnd(): boolean {
    return this.#offset === this.#bytes.length
  }

  get offset(): number {
    return this.#offset
  }

  /** A view of what was read since `start`. */
  since(start: number): Uint8Array {
    return this.#bytes.subarray(start, this.#offset)
  }

  /** Reads an initial byte and returns its major type. */
  next(): number {
    const initial = this.#view.getUint8(this.#advance(1))
    this.#info = initial & 0x1f
    return initial >> 5
  }

  /** True, and past it, where a break stands here. */
  takeBreak(): boolean {
    if (this.#bytes[this.#offset] !== breakByte) return false
    this.#offset++
    return true
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
  length(width: number): number | typeof indefinite {
    if (this.#info === 31) return this.#indefiniteLength()
    const length = this.number('length')
    const room = (this.#bytes.length - this.#offset) / width
    if (length > room) throw this.fail(`length ${length} at ${this.#offset}, found room for ${Math.floor(room)}`)
    return length
  }

  /** A view of the next `length` bytes. */
  take(length: number): Uint8Array {
    const start = this.#advance(length)
    return this.#bytes.subarray(start, start + length)
  }

  /** false, true, null, or a floating point number. */
  simple(): boolean | null | number {
    switch (this.#info) {
      case 20:
        return false
      case 21:
        return true
      case 22:
        return null
      case 25:
      case 26:
      case 27:
        return this.#float(this.#info)
      default:
        throw this.fail(`simple value ${this.#info} is not accepted`)
    }
  }

  #indefiniteLength(): typeof indefinite {
    if (!this.#rules.allowIndefinite) throw this.fail('indefinite length')
    return indefinite
  }

  #float(info: 25 | 26 | 27): number {
    if (!this.#rules.allowFloats) throw this.fail('floating point number')
    if (info === 25) return decodeHalf(this.#view.getUint16(this.#advance(2)))
    return info === 26 ? this.#view.getFloat32(this.#advance(4)) : this.#view.getFloat64(this.#advance(8))
  }

  #argument(): number | bigint {
    switch (this.#info) {
      case 24:
        return this.#shortest(this.#view.getUint8(this.#advance(1)), 24)
      case 25:
        return this.#shortest(this.#view.getUint16(this.#advance(2)), 0x100)
      case 26:
        return this.#shortest(this.#view.getUint32(this.#advance(4)), 0x10000)
      case 27:
        return this.#shortest(this.#view.getBigUint64(this.#advance(8)), 0x100000000)
      default:
        if (this.#info > 27) throw this.fail(`malformed head at ${this.#offset - 1}`)
        return this.#info
    }
  }

  #shortest<T extends number | bigint>(value: T, min: number): T {
    if (value < min && !this.#rules.allowLongIntegers) throw this.fail(`${value} is not in its shortest form`)
    return value
  }

  #advance(length: number): number {
    const start = this.#offset
    if (length > this.#bytes.length - start) {
      throw this.fail(`needs ${length} bytes at ${start}, found ${this.#bytes.length - start}`)
    }
    this.#offset += length
    return start
  }
}

/** RFC 8949 appendix D. */
function decodeHalf(half: number): number {
  const exponent = (half >> 10) & 0x1f
  const fraction = half & 0x3ff
  const sign = half & 0x8000 ? -1 : 1
  if (exponent === 0) return sign * fraction * 2 ** -24
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN
  return sign * (0x400 + fraction) * 2 ** (exponent - 25)
}
