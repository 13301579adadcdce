// base64 and base64url in their canonical forms only (RFC 4648 §4, §5, §3.5): one text per bytes.
import { EvidenceError } from '../core/index.js'

const shared = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'
const standard = `${shared}+/`
const urlSafe = `${shared}-_`
const standardValues = /* @__PURE__ */ digitValues(standard)
const urlSafeValues = /* @__PURE__ */ digitValues(urlSafe)

/** With padding. */
export function encodeBase64(bytes: Uint8Array): string {
  const text = encode(bytes, standard)
  return text.padEnd(Math.ceil(text.length / 4) * 4, '=')
}

/** Without padding. */
export function encodeBase64Url(bytes: Uint8Array): string {
  return encode(bytes, urlSafe)
}

/** @throws EvidenceError ERR_ENCODING_BASE64 for another alphabet, white space, missing padding or stray bits */
export function decodeBase64(text: string): Uint8Array {
  if (text.length % 4 !== 0) throw malformed('base64', 'expected padding to a multiple of four characters')
  return decode(
    text.endsWith('==') ? text.slice(0, -2) : text.endsWith('=') ? text.slice(0, -1) : text,
    'base64',
    standardValues
  )
}

/** @throws EvidenceError ERR_ENCODING_BASE64 for another alphabet, white space, padding or stray bits */
export function decodeBase64Url(text: string): Uint8Array {
  return decode(text, 'base64url', urlSafeValues)
}

function encode(bytes: Uint8Array, alphabet: string): string {
  let text = ''
  for (let i = 0; i < bytes.length; i += 3) {
    const group = ((bytes[i] as number) << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0)
    const digits = Math.min(bytes.length - i, 3) + 1
    for (let digit = 0; digit < digits; digit++) text += alphabet[(group >> (18 - 6 * digit)) & 63]
  }
  return text
}

function decode(text: string, name: string, values: Int8Array): Uint8Array {
  if (text.length % 4 === 1) throw malformed(name, 'a digit is left over')
  const out = new Uint8Array(Math.floor((text.length * 3) / 4))
  let bits = 0
  let held = 0
  let at = 0
  for (let i = 0; i < text.length; i++) {
    const value = values[text.charCodeAt(i)] ?? -1
    if (value < 0) throw malformed(name, `unexpected character at ${i}`)
    bits = ((bits << 6) | value) & 0xffff
    held += 6
    if (held >= 8) {
      held -= 8
      out[at++] = bits >> held
    }
  }
  if (bits & ((1 << held) - 1)) throw malformed(name, 'unused bits of the last digit are set')
  return out
}

function digitValues(alphabet: string): Int8Array {
  const values = new Int8Array(128).fill(-1)
  for (let i = 0; i < 64; i++) values[alphabet.charCodeAt(i)] = i
  return values
}

function malformed(name: string, message: string): EvidenceError {
  return new EvidenceError('ERR_ENCODING_BASE64', `${name} text: ${message}`)
}
