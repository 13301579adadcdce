// Deterministic CBOR (RFC 8949 §4.2.1) of what we make ourselves: cbor-x without any of its own extensions, fed in the right order.
import { Encoder, Tag } from 'cbor-x'
import { UsageError } from '../core/index.js'
import { compareBytes } from './byte-order.js'
import { type CborKey, type CborMap, type CborValue, isCborMap, isCborTag } from './cbor-value.js'

/**
 * The one encoding of a value. Numbers must be safe integers, bigints less than 2^64 from zero; a Map's keys are sorted.
 * @throws UsageError ERR_USAGE_OPTION for anything that has no such encoding
 */
export function encodeCbor(value: CborValue): Uint8Array {
  return copy(encoder.encode(prepare(value)))
}

/** Keeps nothing from one value to the next. Making one takes longer than encoding a message does. */
const encoder: Encoder = new Encoder({
  useRecords: false,
  mapsAsObjects: false,
  variableMapSize: true,
  tagUint8Array: false,
  structuredClone: false
})

/** What cbor-x encodes in the shortest form: it would take a large number for a float and a small bigint for eight bytes. */
function prepare(value: CborValue): unknown {
  switch (typeof value) {
    case 'number':
      return prepareNumber(value)
    case 'bigint':
      return prepareBigint(value)
    case 'string':
      return prepareText(value)
    case 'boolean':
      return value
    default:
      return value === null ? null : prepareObject(value)
  }
}

function prepareNumber(value: number): number | bigint {
  if (!Number.isSafeInteger(value)) throw unencodable('expected a safe integer')
  if (value >= -0x100000000 && value < 0x100000000) return value + 0 // no negative zero
  return BigInt(value)
}

function prepareBigint(value: bigint): number | bigint {
  // cbor-x writes -2^64, the last that would fit, as a big number.
  if (value <= -(1n << 64n) || value >= 1n << 64n) throw unencodable('expected an integer within 2^64')
  return value >= -0x100000000n && value < 0x100000000n ? Number(value) : value
}

function prepareText(value: string): string {
  if (/\p{Surrogate}/u.test(value)) throw unencodable('text with half a surrogate pair')
  return value
}

function prepareObject(value: Exclude<CborValue & object, null>): unknown {
  if (value instanceof Uint8Array) return copy(value)
  if (Array.isArray(value)) return value.map(prepare)
  if (isCborMap(value)) return prepareMap(value)
  if (isCborTag(value)) return prepareTag(value.tag, prepare(value.value))
  throw unencodable(`found ${Object.prototype.toString.call(value)}`)
}

function prepareMap(map: CborMap): Map<unknown, unknown> {
  const entries = Array.from(map, ([key, value]): [unknown, unknown] => [prepare(key), prepare(value)])
  return new Map(isAscending(map) ? entries : sortByKey(map, entries))
}

/** Most maps have small keys that stand in order already: their order is that of their encodings. */
function isAscending(map: CborMap): boolean {
  let last = -1
  for (const key of map.keys()) {
    if (typeof key !== 'number' || key <= last) return false
    last = key
  }
  return true
}

function sortByKey(map: CborMap, entries: readonly [unknown, unknown][]): [unknown, unknown][] {
  const encodedKeys = Array.from(map.keys(), encodeKey)
  const order = encodedKeys.map((encoded, at) => ({ encoded, at }))
  order.sort((a, b) => compareBytes(a.encoded, b.encoded))
  return order.flatMap(({ at }) => entries.slice(at, at + 1))
}

function encodeKey(key: CborKey): Uint8Array {
  return copy(encoder.encode(prepare(key)))
}

function prepareTag(tag: number, value: unknown): Tag {
  if (!Number.isInteger(tag) || tag < 0 || tag >= 0x100000000) throw unencodable('expected a tag of 32 bits')
  return new Tag(value, tag)
}

/** cbor-x hands out views of a buffer that it goes on using, and in Node they are Buffers. */
function copy(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes)
}

function unencodable(message: string): UsageError {
  return new UsageError('ERR_USAGE_OPTION', `CBOR value: ${message}`)
}
