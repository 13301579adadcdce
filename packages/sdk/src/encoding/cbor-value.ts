// The values of CBOR (RFC 8949) that attestation formats use.

/** Integers are numbers where a number holds them exactly, else bigints. Byte strings are copies. */
export type CborValue =
  | number
  | bigint
  | string
  | boolean
  | null
  | Uint8Array
  | readonly CborValue[]
  | CborMap
  | CborTag

export type CborMap = ReadonlyMap<CborKey, CborValue>

/** Labels of COSE, CWT and EAT are integers or text. */
export type CborKey = number | bigint | string

/** A tag is kept, never applied. */
export interface CborTag {
  readonly tag: number
  readonly value: CborValue
}

export function isCborMap(value: CborValue): value is CborMap {
  return value instanceof Map
}

export function isCborTag(value: CborValue): value is CborTag {
  return typeof value === 'object' && value !== null && 'tag' in value && !(value instanceof Map)
}
