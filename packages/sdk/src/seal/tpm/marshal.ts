// Structures of TPM 2.0 in bytes: all numbers are big endian, buffers carry their size before them (part 1, §31; part 2, §10.4).
import { concatBytes } from '../../core/index.js'

export function u8(value: number): Uint8Array {
  return Uint8Array.of(value)
}

export function u16(value: number): Uint8Array {
  return Uint8Array.of(value >>> 8, value)
}

export function u32(value: number): Uint8Array {
  return Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value)
}

/** TPM2B. */
export function sized(bytes: Uint8Array): Uint8Array {
  return concatBytes(u16(bytes.length), bytes)
}
