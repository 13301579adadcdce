// Writes messages in deterministic CBOR (RFC 8949 §4.2.1) in one go, for every connection pays for it. Only what messages are made of:
// integers that are not negative, bytes, `true`, lists, and maps whose integer keys stand in ascending order. A test holds it against
// `encodeCbor`.
import { UsageError } from '../core/index.js'
import { type CborValue, isCborMap } from '../encoding/index.js'

/** The encoding of `value` behind `headroom` zero bytes. */
export function writeCbor(value: CborValue, headroom: number): Uint8Array {
  const bytes = new Uint8Array(headroom + sizeOf(value))
  write(bytes, headroom, value)
  return bytes
}

function sizeOf(value: CborValue): number {
  if (value === true) return 1
  if (typeof value === 'number') return headSize(value)
  if (value instanceof Uint8Array) return headSize(value.length) + value.length
  let size = 0
  if (isList(value)) {
    for (const item of value) size += sizeOf(item)
    return headSize(value.length) + size
  }
  if (typeof value !== 'object' || value === null || !isCborMap(value)) throw unwritable()
  for (const [key, item] of value) size += headSize(Number(key)) + sizeOf(item)
  return headSize(value.size) + size
}

/** Returns the offset behind `value`. Only what has a size comes here. */
function write(bytes: Uint8Array, start: number, value: CborValue): number {
  if (typeof value === 'number') return writeHead(bytes, start, 0, value)
  if (value instanceof Uint8Array) {
    const offset = writeHead(bytes, start, 2, value.length)
    bytes.set(value, offset)
    return offset + value.length
  }
  let offset = start
  if (isList(value)) {
    offset = writeHead(bytes, start, 4, value.length)
    for (const item of value) offset = write(bytes, offset, item)
  } else if (value instanceof Map) {
    offset = writeHead(bytes, start, 5, value.size)
    for (const [key, item] of value) offset = write(bytes, writeHead(bytes, offset, 0, Number(key)), item)
  } else bytes[offset++] = 0xf5
  return offset
}

function headSize(argument: number): number {
  if (!Number.isSafeInteger(argument) || argument < 0 || argument > 0xffff_ffff) throw unwritable()
  return argument < 24 ? 1 : argument < 0x100 ? 2 : argument < 0x1_0000 ? 3 : 5
}

function writeHead(bytes: Uint8Array, offset: number, major: number, argument: number): number {
  const size = headSize(argument)
  const initial = major << 5
  if (size === 1) bytes[offset] = initial | argument
  else {
    bytes[offset] = initial | (size === 2 ? 24 : size === 3 ? 25 : 26)
    for (let i = 1; i < size; i++) bytes[offset + i] = argument >>> (8 * (size - 1 - i))
  }
  return offset + size
}

function isList(value: CborValue): value is readonly CborValue[] {
  return Array.isArray(value)
}

function unwritable(): UsageError {
  return new UsageError('ERR_USAGE_OPTION', 'message: a value that no message holds')
}
