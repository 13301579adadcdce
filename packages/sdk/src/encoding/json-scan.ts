// One pass over the bytes of a JSON text for what JSON.parse does not tell: how many keys stand in it, and where the outermost members
// stand. It presumes the grammar: JSON.parse must have accepted the same text.
import { decodeUtf8 } from './utf8.js'

/** A member of the outermost object: its value is `[start, end)`. */
export interface JsonMember {
  readonly name: string
  readonly start: number
  readonly end: number
}

export interface JsonLayout {
  /** None where the outermost value is no object. */
  readonly members: readonly JsonMember[]
  /** Keys of all objects. */
  readonly keyCount: number
}

const quote = 0x22
const comma = 0x2c
const colon = 0x3a
const backslash = 0x5c
const openArray = 0x5b
const openObject = 0x7b
const closeArray = 0x5d
const closeObject = 0x7d

export function scanJson(bytes: Uint8Array): JsonLayout {
  const members: JsonMember[] = []
  let keyCount = 0
  let depth = 0
  let stringAt = 0
  let open: { readonly name: string; readonly start: number } | undefined
  const close = (at: number): void => {
    if (depth === 1 && open !== undefined) members.push({ ...open, end: skipSpace(bytes, at - 1, -1) + 1 })
    if (depth === 1) open = undefined
  }
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] as number
    if (byte === quote) {
      stringAt = at
      at = endOfString(bytes, at)
    } else if (byte === colon) {
      keyCount++ // outside of strings, each colon stands in one member
      if (depth === 1) open = { name: decodeString(bytes, stringAt, at), start: skipSpace(bytes, at + 1, 1) }
    } else if (byte === comma) close(at)
    else if (byte === openObject || byte === openArray) depth++
    else if (byte === closeObject || byte === closeArray) {
      close(at)
      depth--
    }
  }
  return { members, keyCount }
}

/** Where the quote stands that ends the string that begins at `start`. */
function endOfString(bytes: Uint8Array, start: number): number {
  let at = start + 1
  while (at < bytes.length && bytes[at] !== quote) at += bytes[at] === backslash ? 2 : 1
  return at
}

/** Keys are taken as they are meant, not as they are escaped. */
function decodeString(bytes: Uint8Array, start: number, end: number): string {
  return String(JSON.parse(decodeUtf8(bytes.subarray(start, end)) ?? '""'))
}

/** The first byte from `at` on, in the direction of `step`, that is no white space. */
function skipSpace(bytes: Uint8Array, at: number, step: 1 | -1): number {
  let found = at
  while (isSpace(bytes[found])) found += step
  return found
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d
}
