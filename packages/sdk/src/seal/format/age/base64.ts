// base64 as age has it: the standard alphabet, no padding, one text for the same bytes only (c2sp.org/age, conventions).
import { EvidenceError } from '../../../core/index.js'
import { decodeBase64, encodeBase64 } from '../../../encoding/base64.js'
import { malformed } from './failures.js'

export function encodeRaw(bytes: Uint8Array): string {
  return encodeBase64(bytes).replace(/=+$/, '')
}

/** @throws SealError ERR_SEALED_FORMAT */
export function decodeRaw(text: string, what: string): Uint8Array {
  if (text.endsWith('=')) throw malformed(`${what}: base64 without padding is expected`)
  try {
    return decodeBase64(text.padEnd(Math.ceil(text.length / 4) * 4, '='))
  } catch (error) {
    if (error instanceof EvidenceError) throw malformed(`${what}: expected base64 in its only form`)
    throw error
  }
}

/** Exactly `bytes` bytes. @throws SealError ERR_SEALED_FORMAT */
export function decodeRawOf(text: string, bytes: number, what: string): Uint8Array {
  const decoded = decodeRaw(text, what)
  if (decoded.length !== bytes) throw malformed(`${what}: expected ${bytes} bytes, found ${decoded.length}`)
  return decoded
}
