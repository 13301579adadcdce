// JSON (RFC 8259) from hostile bytes: unique keys (RFC 7493 §2.3), valid UTF-8, limits on size and depth.
import { EvidenceError } from '../core/index.js'
import { decodeUtf8 } from './utf8.js'

export interface JsonLimits {
  /** Longer input is refused unread. Default 1 MiB. */
  readonly maxBytes?: number
  /** Arrays and objects around one value. Default 32. */
  readonly maxDepth?: number
}

/**
 * The value of one JSON text, all of the input.
 * @param what names the structure in errors
 * @throws EvidenceError ERR_ENCODING_JSON
 */
export function parseJson(bytes: Uint8Array, what: string, limits: JsonLimits = {}): unknown {
  return parseUnique(bytes, what, limits, countKeys)
}

/** As `parseJson`, for who counts the keys of a text that is JSON on the way. */
export function parseUnique(
  bytes: Uint8Array,
  what: string,
  { maxBytes = 1 << 20, maxDepth = 32 }: JsonLimits,
  count: (bytes: Uint8Array) => number
): unknown {
  if (bytes.length > maxBytes) throw jsonFailure(what, `expected at most ${maxBytes} bytes, found ${bytes.length}`)
  const text = decodeUtf8(bytes)
  if (text === undefined) throw jsonFailure(what, 'not UTF-8')
  const value = parseText(text, what)
  // JSON.parse keeps the last of equal keys, and so fewer members than the text has.
  if (countMembers(value, maxDepth, what) !== count(bytes)) throw jsonFailure(what, 'a key occurs twice')
  return value
}

function jsonFailure(what: string, message: string, cause?: unknown): EvidenceError {
  return new EvidenceError('ERR_ENCODING_JSON', `${what}: ${message}`, cause === undefined ? {} : { cause })
}

function parseText(text: string, what: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw jsonFailure(what, 'not JSON', cause)
  }
}

function countMembers(value: unknown, depth: number, what: string): number {
  if (typeof value !== 'object' || value === null) return 0
  if (depth === 0) throw jsonFailure(what, 'nested too deep')
  let count = 0
  if (Array.isArray(value)) {
    for (const inner of value) count += countMembers(inner, depth - 1, what)
    return count
  }
  for (const inner of Object.values(value)) count += 1 + countMembers(inner, depth - 1, what)
  return count
}

/** In a valid text, each colon outside strings stands in one member. */
function countKeys(bytes: Uint8Array): number {
  let count = 0
  let isInString = false
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i]
    if (byte === 0x22) isInString = !isInString
    else if (isInString && byte === 0x5c) i++
    else if (!isInString && byte === 0x3a) count++
  }
  return count
}
