// Contents of INTEGER and BOOLEAN in DER (ITU-T X.690 §8.3, §11.1).
import { derFailure } from './der-failure.js'

/** Refuses an INTEGER without content, which is `[start, end)`, or with a superfluous leading byte. */
export function requireShortestInteger(
  bytes: Uint8Array,
  start: number,
  end: number,
  what: string,
  field: string
): void {
  if (start === end) throw derFailure(what, `${field}: INTEGER without content`, field)
  const [first, second] = [bytes[start] as number, bytes[start + 1] ?? 0]
  if (end - start > 1 && ((first === 0 && second < 0x80) || (first === 0xff && second >= 0x80))) {
    throw derFailure(what, `${field}: INTEGER is not in its shortest form`, field)
  }
}

/** Value of at most six bytes in two's complement. */
export function decodeInteger(bytes: Uint8Array, start: number, end: number): number {
  let value = (bytes[start] as number) >= 0x80 ? -1 : 0
  for (let i = start; i < end; i++) value = value * 256 + (bytes[i] as number)
  return value
}

export function decodeBoolean(content: Uint8Array, what: string, field: string): boolean {
  const [value] = content
  if (content.length !== 1 || (value !== 0 && value !== 0xff))
    throw derFailure(what, `${field}: malformed BOOLEAN`, field)
  return value === 0xff
}
