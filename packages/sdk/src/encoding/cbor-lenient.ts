// What others may write in CBOR and we never do (RFC 8949): indefinite lengths, long forms, floating point. Each is taken only where asked,
// and every other rule of the strict reader holds.
import { concatBytes } from '../core/index.js'
import { type CborInput, type CborLimits, CborParser, openCbor, readAll } from './cbor.js'
import { CborHead } from './cbor-head.js'
import type { CborValue } from './cbor-value.js'

export interface LenientCborLimits extends CborLimits, CborLicence {}

interface CborLicence {
  /** Takes strings, arrays and maps of indefinite length: AWS Nitro documents may have them. Default false. */
  readonly allowIndefinite?: boolean
  /** Takes integers and lengths that are not in their shortest form. Default false. */
  readonly allowLongIntegers?: boolean
  /** Takes floating point numbers. Default false. */
  readonly allowFloats?: boolean
}

/**
 * As `parseCbor`, for dialects.
 * @throws EvidenceError ERR_ENCODING_CBOR
 */
export function parseLenientCbor(bytes: Uint8Array, what: string, limits: LenientCborLimits): CborValue {
  const input = openCbor(bytes, what, limits)
  return readAll(new LenientParser(new LenientHead(input, limits), input.limits))
}

const breakByte = 0xff

/** The place of a length that only a break tells. */
const indefinite = Number.POSITIVE_INFINITY

class LenientHead extends CborHead {
  readonly #licence: CborLicence

  constructor({ bytes, fail }: CborInput, licence: CborLicence) {
    super(bytes, fail)
    this.#licence = licence
  }

  /** True, and past it, where a break stands here. */
  takeBreak(): boolean {
    if (this.bytes[this.at] !== breakByte) return false
    this.at++
    return true
  }

  override length(width: number): number {
    return this.info === 31 && this.#licence.allowIndefinite === true ? indefinite : super.length(width)
  }

  override simple(): boolean | null | number {
    if (this.#licence.allowFloats !== true) return super.simple()
    if (this.info === 25) return decodeHalf(this.view.getUint16(this.advance(2)))
    if (this.info === 26) return this.view.getFloat32(this.advance(4))
    return this.info === 27 ? this.view.getFloat64(this.advance(8)) : super.simple()
  }

  protected override shortest<T extends number | bigint>(value: T, min: number): T {
    return this.#licence.allowLongIntegers === true ? value : super.shortest(value, min)
  }
}

class LenientParser extends CborParser {
  readonly #lenient: LenientHead

  constructor(head: LenientHead, limits: Required<CborLimits>) {
    super(head, limits)
    this.#lenient = head
  }

  protected override byteString(length: number): Uint8Array {
    if (length !== indefinite) return super.byteString(length)
    return concatBytes(...this.#chunks(2, (chunk) => super.byteString(chunk)))
  }

  /** Each chunk is text by itself (RFC 8949 §3.2.3). */
  protected override text(length: number): string {
    return length === indefinite ? this.#chunks(3, (chunk) => super.text(chunk)).join('') : super.text(length)
  }

  protected override hasMore(length: number, count: number): boolean {
    return length === indefinite ? !this.#lenient.takeBreak() : super.hasMore(length, count)
  }

  #chunks<T>(major: number, read: (length: number) => T): readonly T[] {
    const chunks: T[] = []
    while (!this.#lenient.takeBreak()) {
      this.countItem()
      const length = this.head.next() === major ? this.head.length(1) : indefinite
      if (length === indefinite) throw this.head.fail('malformed chunk of a string')
      chunks.push(read(length))
    }
    return chunks
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
