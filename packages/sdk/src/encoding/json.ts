// JSON (RFC 8259) from hostile bytes: unique keys (RFC 7493 §2.3), valid UTF-8, limits on size and depth, and the exact bytes of a
// member, since some vendors sign those.
import { EvidenceError } from '../core/index.js'
import { type JsonMember, scanJson } from './json-scan.js'
import { decodeUtf8 } from './utf8.js'

export interface JsonLimits {
  /** Longer input is refused unread. Default 1 MiB. */
  readonly maxBytes?: number
  /** Arrays and objects around one value. Default 32. */
  readonly maxDepth?: number
}

export interface JsonDocument {
  readonly value: unknown
  /** A copy of the value's bytes of a member of the outermost object, as they stand; undefined where it has no such member. */
  memberBytes(name: string): Uint8Array | undefined
}

const defaultMaxBytes = 1 << 20
const defaultMaxDepth = 32

/**
 * The value of one JSON text, all of the input.
 * @param what names the structure in errors
 * @throws EvidenceError ERR_ENCODING_JSON
 */
export function parseJson(bytes: Uint8Array, what: string, limits: JsonLimits = {}): unknown {
  return parseJsonDocument(bytes, what, limits).value
}

/**
 * As `parseJson`, and remembers where the outermost members stand.
 * @throws EvidenceError ERR_ENCODING_JSON
 */
export function parseJsonDocument(bytes: Uint8Array, what: string, limits: JsonLimits = {}): JsonDocument {
  const { maxBytes = defaultMaxBytes, maxDepth = defaultMaxDepth } = limits
  const fail = (message: string, cause?: unknown) =>
    new EvidenceError('ERR_ENCODING_JSON', `${what}: ${message}`, cause === undefined ? {} : { cause })
  if (bytes.length > maxBytes) throw fail(`expected at most ${maxBytes} bytes, found ${bytes.length}`)
  const members = scanJson(bytes, maxDepth, fail)
  const value = parseText(bytes, fail)
  return { value, memberBytes: (name) => sliceMember(bytes, members, name) }
}

function parseText(bytes: Uint8Array, fail: (message: string, cause?: unknown) => EvidenceError): unknown {
  const text = decodeUtf8(bytes)
  if (text === undefined) throw fail('not UTF-8')
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw fail('not JSON', cause)
  }
}

function sliceMember(bytes: Uint8Array, members: readonly JsonMember[], name: string): Uint8Array | undefined {
  const member = members.find((candidate) => candidate.name === name)
  return member && bytes.slice(member.start, member.end)
}
