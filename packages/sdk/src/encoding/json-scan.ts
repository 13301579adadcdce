// One pass over the bytes of a JSON text for what JSON.parse does not tell: depth, keys that occur twice, where members stand. It
// leaves the rest of the grammar to JSON.parse, which must accept the same text for the result to count.
import type { EvidenceError } from '../core/index.js'
import { toPrintable } from './printable.js'
import { decodeUtf8 } from './utf8.js'

/** A member of the outermost object: its value is `[start, end)`. */
export interface JsonMember {
  readonly name: string
  readonly start: number
  readonly end: number
}

type Fail = (message: string, cause?: unknown) => EvidenceError

const quote = 0x22
const comma = 0x2c
const colon = 0x3a
const backslash = 0x5c
const openArray = 0x5b
const openObject = 0x7b
const closeArray = 0x5d
const closeObject = 0x7d

/** The members of the outermost object, none where it is no object. */
export function scanJson(bytes: Uint8Array, maxDepth: number, fail: Fail): readonly JsonMember[] {
  return new JsonScan(bytes, maxDepth, fail).run()
}

class JsonScan {
  readonly #bytes: Uint8Array
  readonly #maxDepth: number
  readonly #fail: Fail
  readonly #members: JsonMember[] = []
  /** Keys seen, for each open object; undefined for an open array. */
  readonly #open: (Set<string> | undefined)[] = []
  /** Where the last string stood, with its quotes. */
  #string: readonly [start: number, end: number] = [0, 0]
  #member: { readonly name: string; readonly start: number } | undefined

  constructor(bytes: Uint8Array, maxDepth: number, fail: Fail) {
    this.#bytes = bytes
    this.#maxDepth = maxDepth
    this.#fail = fail
  }

  run(): readonly JsonMember[] {
    let at = 0
    while (at < this.#bytes.length) at = this.#step(at)
    return this.#members
  }

  /** Looks at one byte or one string and returns where the next thing starts. */
  #step(at: number): number {
    const byte = this.#bytes[at] as number
    if (byte === quote) return this.#passString(at)
    if (byte === colon) this.#key(at)
    else if (byte === comma) this.#endMember(at)
    else if (byte === openObject || byte === openArray) this.#enter(byte)
    else if (byte === closeObject || byte === closeArray) this.#leave(at)
    return at + 1
  }

  #passString(start: number): number {
    let at = start + 1
    while (at < this.#bytes.length && this.#bytes[at] !== quote) at += this.#bytes[at] === backslash ? 2 : 1
    this.#string = [start, at + 1]
    return at + 1
  }

  /** The string before a colon is a key. */
  #key(at: number): void {
    const keys = this.#open.at(-1)
    if (keys === undefined) throw this.#fail(`unexpected colon at ${at}`)
    const name = this.#decodeString(...this.#string)
    if (keys.has(name)) throw this.#fail(`key '${toPrintable(name)}' occurs twice`)
    keys.add(name)
    if (this.#open.length === 1) this.#member = { name, start: this.#skipSpace(at + 1, 1) }
  }

  /** Keys are compared as they are meant, not as they are escaped. Most are plain, and mean what stands there. */
  #decodeString(start: number, end: number): string {
    const plain = plainText(this.#bytes, start + 1, end - 1)
    if (plain !== undefined) return plain
    try {
      return String(JSON.parse(decodeUtf8(this.#bytes.subarray(start, end)) ?? ''))
    } catch (cause) {
      throw this.#fail(`malformed key at ${start}`, cause)
    }
  }

  #endMember(at: number): void {
    if (this.#open.length !== 1 || this.#member === undefined) return
    this.#members.push({ ...this.#member, end: this.#skipSpace(at - 1, -1) + 1 })
    this.#member = undefined
  }

  #enter(byte: number): void {
    if (this.#open.length >= this.#maxDepth) throw this.#fail(`nested deeper than ${this.#maxDepth}`)
    this.#open.push(byte === openObject ? new Set() : undefined)
  }

  #leave(at: number): void {
    this.#endMember(at)
    this.#open.pop()
  }

  /** The first byte from `at` on, in the direction of `step`, that is no white space. */
  #skipSpace(at: number, step: 1 | -1): number {
    let found = at
    while ([0x20, 0x09, 0x0a, 0x0d].includes(this.#bytes[found] ?? 0)) found += step
    return found
  }
}

/** Printable ASCII without escapes; undefined for anything else. */
function plainText(bytes: Uint8Array, start: number, end: number): string | undefined {
  let text = ''
  for (let at = start; at < end; at++) {
    const byte = bytes[at] ?? 0
    if (byte < 0x20 || byte >= 0x7f || byte === backslash || byte === quote) return undefined
    text += String.fromCharCode(byte)
  }
  return text
}
