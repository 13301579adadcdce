// A strict reader of CBOR for hostile input (RFC 8949 §4.2.1 less the order of keys, §5.3.1 validity): definite lengths, shortest
// integers, unique keys, valid UTF-8, nothing after the value, and limits on size, depth and number of items.
import { copyBytes, EvidenceError } from '../core/index.js'
import { compareBytes } from './byte-order.js'
import { CborHead } from './cbor-head.js'
import type { CborKey, CborMap, CborValue } from './cbor-value.js'
import { toPrintable } from './printable.js'
import { decodeUtf8 } from './utf8.js'

export interface CborLimits {
  /** Longer input is refused unread. Default 1 MiB. */
  readonly maxBytes?: number
  /** Arrays, maps and tags around one value. Default 16. */
  readonly maxDepth?: number
  /** Values in all, keys and tags included. Default 65,536. */
  readonly maxItems?: number
  /** Refuses maps whose keys do not stand in the bytewise order of their encoding: for what we encode ourselves. Default false. */
  readonly requireSortedKeys?: boolean
}

/**
 * Reads one value, all of the input. Byte strings are parts of one copy of it: a copy for each costs more than all the rest.
 * @param what names the structure in errors
 * @throws EvidenceError ERR_ENCODING_CBOR
 */
export function parseCbor(bytes: Uint8Array, what: string, limits: CborLimits = {}): CborValue {
  const input = openCbor(bytes, what, limits)
  return readAll(new CborParser(new CborHead(input.bytes, input.fail), input.limits))
}

/** What a parser stands on. */
export interface CborInput {
  /** A copy. */
  readonly bytes: Uint8Array
  readonly fail: (message: string) => EvidenceError
  readonly limits: Required<CborLimits>
}

export function openCbor(bytes: Uint8Array, what: string, given: CborLimits): CborInput {
  const limits = { ...defaultLimits, ...given }
  const fail = (message: string) => new EvidenceError('ERR_ENCODING_CBOR', `${what}: ${message}`)
  if (bytes.length > limits.maxBytes) throw fail(`expected at most ${limits.maxBytes} bytes, found ${bytes.length}`)
  return { bytes: copyBytes(bytes), fail, limits }
}

const defaultLimits: Required<CborLimits> = {
  maxBytes: 1 << 20,
  maxDepth: 16,
  maxItems: 1 << 16,
  requireSortedKeys: false
}

export function readAll(parser: CborParser): CborValue {
  const value = parser.value(0)
  parser.end()
  return value
}

/** The strict parser, and what laxer dialects override. */
export class CborParser {
  protected readonly head: CborHead
  readonly #limits: Required<CborLimits>
  #items = 0

  constructor(head: CborHead, limits: Required<CborLimits>) {
    this.head = head
    this.#limits = limits
  }

  end(): void {
    if (!this.head.atEnd) throw this.head.fail('bytes after the value')
  }

  value(depth: number): CborValue {
    this.countItem()
    const major = this.head.next()
    switch (major) {
      case 0:
        return this.head.integer()
      case 1:
        return this.#negative()
      case 2:
        return this.byteString(this.head.length(1))
      case 3:
        return this.text(this.head.length(1))
      case 4:
        return this.#array(this.#deeper(depth))
      case 5:
        return this.#map(this.#deeper(depth))
      case 6:
        return { tag: this.head.number('tag'), value: this.value(this.#deeper(depth)) }
      default:
        return this.head.simple()
    }
  }

  protected countItem(): void {
    if (++this.#items > this.#limits.maxItems) throw this.head.fail(`more than ${this.#limits.maxItems} items`)
  }

  #deeper(depth: number): number {
    if (depth >= this.#limits.maxDepth) throw this.head.fail(`nested deeper than ${this.#limits.maxDepth}`)
    return depth + 1
  }

  #negative(): number | bigint {
    const value = this.head.integer()
    if (typeof value === 'bigint') return -1n - value
    return value === Number.MAX_SAFE_INTEGER ? -1n - BigInt(value) : -1 - value
  }

  protected byteString(length: number): Uint8Array {
    return this.head.take(length)
  }

  protected text(length: number): string {
    const text = decodeUtf8(this.head.take(length))
    if (text === undefined) throw this.head.fail('text is not UTF-8')
    return text
  }

  #array(depth: number): readonly CborValue[] {
    const length = this.head.length(1)
    const values: CborValue[] = []
    while (this.hasMore(length, values.length)) values.push(this.value(depth))
    return values
  }

  #map(depth: number): CborMap {
    const length = this.head.length(2)
    const map = new Map<CborKey, CborValue>()
    let previous: Uint8Array | undefined
    while (this.hasMore(length, map.size)) {
      const start = this.head.offset
      const key = this.#key(depth)
      if (map.has(key)) throw this.head.fail(`key ${toPrintable(String(key))} occurs twice`)
      if (this.#limits.requireSortedKeys) previous = this.#inOrder(previous, this.head.since(start))
      map.set(key, this.value(depth))
    }
    return map
  }

  #key(depth: number): CborKey {
    const key = this.value(depth)
    if (typeof key === 'string' || typeof key === 'number' || typeof key === 'bigint') return key
    throw this.head.fail('a key is neither integer nor text')
  }

  #inOrder(previous: Uint8Array | undefined, key: Uint8Array): Uint8Array {
    if (previous !== undefined && compareBytes(previous, key) >= 0) throw this.head.fail('keys out of order')
    return key
  }

  protected hasMore(length: number, count: number): boolean {
    return count < length
  }
}
