// Hashes of this room, synchronous: it runs in Node only, and every connection takes several.
import { hash } from 'node:crypto'

export const sha512Bytes = 64
export const sha256Bytes = 32

export function sha256(bytes: Uint8Array): Uint8Array {
  return plain(hash('sha256', bytes, 'buffer'))
}

export function sha512(bytes: Uint8Array): Uint8Array {
  return plain(hash('sha512', bytes, 'buffer'))
}

/** SHA-512 over fields, each with its length before it as four bytes in big endian order: no two lists of fields collide. */
export function sha512OfFields(...fields: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(fields.reduce((sum, field) => sum + 4 + field.length, 0))
  const view = new DataView(bytes.buffer)
  let offset = 0
  for (const field of fields) {
    view.setUint32(offset, field.length)
    bytes.set(field, offset + 4)
    offset += 4 + field.length
  }
  return sha512(bytes)
}

function plain(bytes: Buffer): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length)
}
