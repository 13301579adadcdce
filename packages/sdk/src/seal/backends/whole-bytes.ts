// Ranges of bytes that are at hand as a whole, with the errors of the contract.
import { copyBytes, SealError } from '../../core/index.js'
import type { Place } from './backend.js'

/** @throws SealError ERR_SEALED_TRUNCATED */
export function cutRange(bytes: Uint8Array, place: Place, length: number): Uint8Array {
  const part = bytes.subarray(place.offset, place.offset + length)
  if (part.length !== length) throw truncatedBlob(place, length, part.length)
  return copyBytes(part)
}

export function truncatedBlob(place: Place, length: number, actual: number): SealError {
  return new SealError(
    'ERR_SEALED_TRUNCATED',
    `blob ${place.blob}: expected ${length} bytes from ${place.offset} on, found ${actual}`,
    { details: { field: place.blob, expected: String(length), actual: String(actual) } }
  )
}

export function missingBlob(blob: string): SealError {
  return new SealError('ERR_SEALED_MISSING', `blob ${blob}: it is gone`, { details: { field: blob } })
}
