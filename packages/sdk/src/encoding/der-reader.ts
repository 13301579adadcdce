// A strict reader of DER (ITU-T X.690 §10, §11): definite and shortest lengths, canonical values, nothing left over.
import { copyBytes, type EvidenceError } from '../core/index.js'
import { compareBytes } from './byte-order.js'
import { derFailure } from './der-failure.js'
import { derTag, explicitTag } from './der-tags.js'
import { decodeText } from './der-text.js'
import { decodeTime } from './der-time.js'
import { decodeBoolean, decodeInteger, requireShortestInteger } from './der-values.js'
import { decodeOid } from './oid.js'

export interface DerLimits {
  /** Longer input is refused unread. Default 1 MiB. */
  readonly maxBytes?: number
}

const defaultMaxBytes = 1 << 20
const maxDepth = 32

/**
 * A cursor over the elements of one DER value. Every method throws EvidenceError ERR_ENCODING_DER for anything but the
 * element that it is named after. Bytes that come out are views of what is read: a copy for each costs more than all the rest. Call
 * `end()` when done: it refuses what is left.
 */
export class DerReader {
  readonly #bytes: Uint8Array
  readonly #what: string
  readonly #end: number
  readonly #depth: number
  #at: number

  private constructor(bytes: Uint8Array, what: string, at: number, end: number, depth: number) {
    this.#bytes = bytes
    this.#what = what
    this.#at = at
    this.#end = end
    this.#depth = depth
  }

  /** Starts to read a copy of `bytes`; `what` names the structure in errors. */
  static of(bytes: Uint8Array, what: string, limits: DerLimits = {}): DerReader {
    requireSize(bytes, what, limits)
    return new DerReader(copyBytes(bytes), what, 0, bytes.length, 0)
  }

  /** As `of`, without the copy: for bytes that are ours, or that nothing is kept of. */
  static over(bytes: Uint8Array, what: string, limits: DerLimits = {}): DerReader {
    requireSize(bytes, what, limits)
    return new DerReader(bytes, what, 0, bytes.length, 0)
  }

  get atEnd(): boolean {
    return this.#at === this.#end
  }

  /** True where the next element has this identifier: for OPTIONAL and DEFAULT. */
  isNext(tag: number): boolean {
    return this.#at < this.#end && this.#bytes[this.#at] === tag
  }

  /** Refuses trailing bytes. */
  end(): void {
    if (this.#at !== this.#end) throw this.fail(`expected the end, found ${this.#end - this.#at} more bytes`)
  }

  /** The error that this reader would throw, for rules that the caller checks. */
  fail(message: string, field?: string): EvidenceError {
    return derFailure(this.#what, message, field)
  }

  /** A reader over the content of the next element, whose identifier must be `tag`. */
  enter(tag: number, field: string): DerReader {
    if (this.#depth >= maxDepth) throw this.fail(`nested deeper than ${maxDepth}`, field)
    const end = this.#open(tag, field)
    const start = this.#at
    this.#at = end
    return new DerReader(this.#bytes, this.#what, start, end, this.#depth + 1)
  }

  sequence(field: string): DerReader {
    return this.enter(derTag.sequence, field)
  }

  /** A SET or SET OF, whose elements must stand in ascending order (X.690 §10.3, §11.6). */
  set(field: string, tag: number = derTag.set): DerReader {
    const inside = this.enter(tag, field)
    if (!inside.#isSingle(field)) inside.#requireAscending(field)
    return inside
  }

  /** A reader over what stands inside `[number]`. */
  explicit(number: number, field: string): DerReader {
    return this.enter(explicitTag(number), field)
  }

  /** The next element with its identifier and length: all of any element, or one of `tag`. */
  element(field: string, tag?: number): Uint8Array {
    const start = this.#at
    this.#at = this.#open(tag ?? this.#anyTag(field), field)
    return this.#bytes.subarray(start, this.#at)
  }

  /** The content of the next element, whatever it is, as bytes. */
  content(tag: number, field: string): Uint8Array {
    return this.#view(tag, field)
  }

  /** Content bytes of an INTEGER: two's complement, shortest form. */
  integerBytes(field: string, tag: number = derTag.integer): Uint8Array {
    const content = this.#view(tag, field)
    requireShortestInteger(content, 0, content.length, this.#what, field)
    return content
  }

  /** An INTEGER within `[min, max]`. */
  integer(field: string, range: readonly [min: number, max: number], tag: number = derTag.integer): number {
    const end = this.#open(tag, field)
    const start = this.#at
    this.#at = end
    requireShortestInteger(this.#bytes, start, end, this.#what, field)
    const value = end - start > 6 ? undefined : decodeInteger(this.#bytes, start, end)
    if (value === undefined || value < range[0] || value > range[1]) {
      throw this.fail(
        `${field}: expected an INTEGER from ${range[0]} to ${range[1]}, found ${value ?? 'a longer one'}`,
        field
      )
    }
    return value
  }

  enumerated(field: string, range: readonly [min: number, max: number], tag: number = derTag.enumerated): number {
    return this.integer(field, range, tag)
  }

  boolean(field: string, tag: number = derTag.boolean): boolean {
    return decodeBoolean(this.#view(tag, field), this.#what, field)
  }

  /** OBJECT IDENTIFIER in dotted decimal. */
  oid(field: string, tag: number = derTag.oid): string {
    const end = this.#open(tag, field)
    const oid = decodeOid(this.#bytes, this.#at, end)
    this.#at = end
    if (oid === undefined) throw this.fail(`${field}: malformed OBJECT IDENTIFIER`, field)
    return oid
  }

  octetString(field: string, tag: number = derTag.octetString): Uint8Array {
    return this.content(tag, field)
  }

  /** A BIT STRING and the number of bits of its last byte that do not count (all zero, X.690 §11.2.1). */
  bitString(
    field: string,
    tag: number = derTag.bitString
  ): { readonly bytes: Uint8Array; readonly unusedBits: number } {
    const end = this.#open(tag, field)
    const start = this.#at + 1
    this.#at = end
    const unusedBits = start > end ? 8 : (this.#bytes[start - 1] as number)
    const last = start < end ? (this.#bytes[end - 1] as number) : 0
    if (unusedBits > 7 || (start === end && unusedBits !== 0) || last & ((1 << unusedBits) - 1)) {
      throw this.fail(`${field}: malformed BIT STRING`, field)
    }
    return { bytes: this.#bytes.subarray(start, end), unusedBits }
  }

  /** A BIT STRING of whole bytes. */
  bitStringBytes(field: string, tag: number = derTag.bitString): Uint8Array {
    const { bytes, unusedBits } = this.bitString(field, tag)
    if (unusedBits !== 0) throw this.fail(`${field}: expected whole bytes, found ${unusedBits} unused bits`, field)
    return bytes
  }

  null(field: string): void {
    if (this.#view(derTag.null, field).length !== 0) throw this.fail(`${field}: NULL with content`, field)
  }

  /** A UTCTime or GeneralizedTime, in the only form that DER and RFC 5280 admit: to the second, in UTC. */
  time(field: string): Date {
    const tag = this.isNext(derTag.utcTime) ? derTag.utcTime : derTag.generalizedTime
    const end = this.#open(tag, field)
    const start = this.#at
    this.#at = end
    return decodeTime(tag, this.#bytes, start, end, this.#what, field)
  }

  /** A character string of any type, or of `tag`. */
  text(field: string, tag?: number): string {
    const found = tag ?? this.#anyTag(field)
    return decodeText(found, this.#view(found, field), this.#what, field)
  }

  /** Sets in names have one element each. */
  #isSingle(field: string): boolean {
    if (this.atEnd) return true
    const start = this.#at
    const end = this.#open(this.#anyTag(field), field)
    this.#at = start
    return end === this.#end
  }

  #requireAscending(field: string): void {
    let previous: Uint8Array | undefined
    const walk = new DerReader(this.#bytes, this.#what, this.#at, this.#end, this.#depth)
    while (!walk.atEnd) {
      const start = walk.#at
      walk.#at = walk.#open(walk.#anyTag(field), field)
      const element = this.#bytes.subarray(start, walk.#at)
      if (previous !== undefined && compareBytes(previous, element) > 0)
        throw this.fail(`${field}: SET out of order`, field)
      previous = element
    }
  }

  /** A view of the content of the next element. */
  #view(tag: number, field: string): Uint8Array {
    const end = this.#open(tag, field)
    const content = this.#bytes.subarray(this.#at, end)
    this.#at = end
    return content
  }

  #anyTag(field: string): number {
    const tag = this.#at < this.#end ? (this.#bytes[this.#at] as number) : 0
    if (tag === 0 || (tag & 0x1f) === 0x1f) throw this.fail(`${field}: expected an element`, field)
    return tag
  }

  /** Reads identifier and length; leaves the cursor at the content and returns where it ends. */
  #open(tag: number, field: string): number {
    if (!this.isNext(tag)) throw this.#unexpected(tag, field)
    const first = this.#bytes[this.#at + 1] ?? 0x80
    this.#at += 2
    const length = first < 0x80 ? first : this.#longLength(first & 0x7f, field)
    const end = this.#at + length
    if (end > this.#end)
      throw this.fail(`${field}: needs ${length} bytes at ${this.#at}, found ${this.#end - this.#at}`, field)
    return end
  }

  #longLength(count: number, field: string): number {
    if (count === 0 || count > 4) throw this.fail(`${field}: indefinite, missing or oversized length`, field)
    let length = 0
    for (let i = 0; i < count; i++) length = length * 256 + (this.#bytes[this.#at + i] ?? 0)
    this.#at += count
    if (this.#bytes[this.#at - count] === 0 || length < 0x80) {
      throw this.fail(`${field}: length is not in its shortest form`, field)
    }
    return length
  }

  #unexpected(tag: number, field: string): EvidenceError {
    const found = this.atEnd ? 'the end' : `0x${(this.#bytes[this.#at] as number).toString(16).padStart(2, '0')}`
    return this.fail(
      `${field}: expected tag 0x${tag.toString(16).padStart(2, '0')} at ${this.#at}, found ${found}`,
      field
    )
  }
}

function requireSize({ length }: Uint8Array, what: string, { maxBytes = defaultMaxBytes }: DerLimits): void {
  if (length > maxBytes) throw derFailure(what, `expected at most ${maxBytes} bytes, found ${length}`)
}
