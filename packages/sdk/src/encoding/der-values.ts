// Contents of INTEGER and BOOLEAN in DER (ITU-T X.690 §8.3, §11.1).
import { derFailure } from './der-failure.js'

/** Refuses an INTEGER without content or with a superfluous leading byte. */
export function requireShortestInteger(content: Uint8Array, what: string, field: string): Uint8Array {
  const [first, second = 0] = content
  if (first === undefined) throw derFailure(what, `${field}: INTEGER without content`, field)
  if (content.length > 1 && ((first === 0 && second < 0x80) || (first === 0xff && second >= 0x80))) {
    throw derFailure(what, `${field}: INTEGER is not in its shortest form`, field)
  }
  return content
}

/** Value of at most six bytes in two's complement. */
export function decodeInteger(content: Uint8Array): number {
  let value = (content[0] as number) >= 0x80 ? -1 : 0
  for (let i = 0; i < content.length; i++) value = value * 256 + (content[i] as number)
  return value
}

export function decodeBoolean(content: Uint8Array, what: string, field: string): boolean {
  const [value] = content
  if (content.length !== 1 || (value !== 0 && value !== 0xff))
    throw derFailure(what, `${field}: malformed BOOLEAN`, field)
  return value === 0xff
}
