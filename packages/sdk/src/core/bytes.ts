// Bytes: comparison, concatenation, hex and numbers.
import { EvidenceError } from './errors.js'

/** True when both have the same length and content. Takes the same time whatever the content. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  let difference = 0
  for (let i = 0; i < a.length; i++) difference |= (a[i] as number) ^ (b[i] as number)
  return difference === 0
}

/** True when every byte is zero (also for no bytes). */
export function isZero(bytes: Uint8Array): boolean {
  let bits = 0
  for (let i = 0; i < bytes.length; i++) bits |= bytes[i] as number
  return bits === 0
}

export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let offset = 0
  for (const part of parts) {
    out.set(part, offset)
    offset += part.length
  }
  return out
}

/** A copy that is a plain Uint8Array: `slice` of a Buffer copies nothing. */
export function copyBytes(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes)
}

/** A reversed copy. */
export function reverseBytes(bytes: Uint8Array): Uint8Array {
  return copyBytes(bytes).reverse()
}

const highDigits: readonly number[] = Array.from({ length: 256 }, (_, byte) => digitOf(byte >> 4))
const lowDigits: readonly number[] = Array.from({ length: 256 }, (_, byte) => digitOf(byte & 15))

/** Lower-case hex. Engines keep every step of a growing string: eight bytes at a time leave less behind than one. */
export function toHex(bytes: Uint8Array): string {
  const eights = bytes.length - (bytes.length % 8)
  let text = ''
  for (let i = 0; i < eights; i += 8) text += hexOfEight(bytes, i)
  for (let i = eights; i < bytes.length; i++) text += String.fromCharCode(high(bytes, i), low(bytes, i))
  return text
}

function hexOfEight(b: Uint8Array, i: number): string {
  // biome-ignore format: two digits for each byte
  return String.fromCharCode(
    high(b, i), low(b, i), high(b, i + 1), low(b, i + 1), high(b, i + 2), low(b, i + 2), high(b, i + 3), low(b, i + 3),
    high(b, i + 4), low(b, i + 4), high(b, i + 5), low(b, i + 5), high(b, i + 6), low(b, i + 6), high(b, i + 7), low(b, i + 7)
  )
}

function high(bytes: Uint8Array, i: number): number {
  return highDigits[bytes[i] as number] as number // a byte is within the table
}

function low(bytes: Uint8Array, i: number): number {
  return lowDigits[bytes[i] as number] as number // a byte is within the table
}

function digitOf(value: number): number {
  return value.toString(16).charCodeAt(0)
}

/**
 * Bytes of a hex string in either case, without prefix or spaces.
 * @throws EvidenceError ERR_ENCODING_HEX
 */
export function fromHex(text: string): Uint8Array {
  if (!isHex(text)) throw new EvidenceError('ERR_ENCODING_HEX', 'hex text: expected an even number of hex digits')
  const out = new Uint8Array(text.length / 2)
  for (let i = 0; i < out.length; i++) out[i] = digitAt(text, 2 * i) * 16 + digitAt(text, 2 * i + 1)
  return out
}

/** Of a hex digit: letters of either case are 0x20 apart. */
function digitAt(text: string, at: number): number {
  const code = text.charCodeAt(at)
  return code < 0x3a ? code - 0x30 : (code | 0x20) - 0x57
}

export function isHex(text: string): boolean {
  return text.length % 2 === 0 && /^[0-9a-fA-F]*$/.test(text)
}

/** UTF-8 bytes of a string. */
export function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

/** `length` as four bytes in big endian order, then the bytes themselves: a prefix code for hashing several fields. */
export function lengthPrefixed(bytes: Uint8Array): Uint8Array {
  const out = new Uint8Array(4 + bytes.length)
  new DataView(out.buffer).setUint32(0, bytes.length)
  out.set(bytes, 4)
  return out
}
