// Both root slots in one object: each behind its length, 32 bits big endian.
import { concatBytes } from '../../../core/index.js'

type Slots = readonly [Uint8Array, Uint8Array]

export function encodeSlots(slots: Slots): Uint8Array {
  return concatBytes(...slots.flatMap((slot) => [lengthOf(slot), slot]))
}

/** An object of another form has empty slots: whoever changed it could as well have removed it. */
export function decodeSlots(bytes: Uint8Array): Slots {
  const first = readSlot(bytes, 0)
  const second = first === undefined ? undefined : readSlot(bytes, 4 + first.length)
  if (first === undefined || second === undefined || first.length + second.length + 8 !== bytes.length) return empty
  return [first, second]
}

const empty: Slots = [new Uint8Array(0), new Uint8Array(0)]

function readSlot(bytes: Uint8Array, at: number): Uint8Array | undefined {
  if (bytes.length < at + 4) return undefined
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(at)
  const slot = bytes.slice(at + 4, at + 4 + length)
  return slot.length === length ? slot : undefined
}

function lengthOf(slot: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(4)
  new DataView(bytes.buffer).setUint32(0, slot.length)
  return bytes
}
