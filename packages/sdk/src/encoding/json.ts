// JSON (RFC 8259) from hostile bytes: unique keys (RFC 7493 §2.3), valid UTF-8, limits on size and depth.
import { EvidenceError } from '../core/index.js'
import { decodeUtf8 } from './utf8.js'

export interface JsonLimits {
  /** Longer input is refused unread. Default 1 MiB. */
  readonly maxBytes?: number
  /** Arrays and objects around one value. Default 32. */
  readonly maxDepth?: number
}

export const defaultJsonDepth = 32

/**
 * The value of one JSON text, all of the input.
 * @param what names the structure in errors
 * @throws EvidenceError ERR_ENCODING_JSON
 */
export function parseJson(bytes: Uint8Array, what: string, limits: JsonLimits = {}): unknown {
  const { maxBytes = 1 << 20, maxDepth = defaultJsonDepth } = limits
  if (bytes.length > maxBytes) throw jsonFailure(what, `expected at most ${maxBytes} bytes, found ${bytes.length}`)
  const text = decodeUtf8(bytes)
  if (text === undefined) throw jsonFailure(what, 'not UTF-8')
  const value = parseText(text, what)
  // JSON.parse keeps the last of equal keys, and so fewer members than the text has.
  if (countMembers(value, maxDepth, what) !== countColons(text)) throw jsonFailure(what, 'a key occurs twice')
  return value
}

export function jsonFailure(what: string, message: string, cause?: unknown): EvidenceError {
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
  const values = Object.values(value)
  let count = Array.isArray(value) ? 0 : values.length
  for (const inner of values) count += countMembers(inner, depth - 1, what)
  return count
}

/** In a valid text, each colon outside strings stands in one member. */
function countColons(text: string): number {
  let count = 0
  let isInString = false
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '"') isInString = !isInString
    else if (isInString && text[i] === '\\') i++
    else if (!isInString && text[i] === ':') count++
  }
  return count
}
