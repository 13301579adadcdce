// The record of a TPM that remembers versions: two slots, of which each counts for one value of the counter beside them.
//
// A slot: store id 16 ‖ u64 counter ‖ u64 sequence ‖ root hash 32 ‖ SHA-256 of all that, 32.
import { createHash } from 'node:crypto'
import { concatBytes, equalBytes } from '../../core/index.js'
import type { Anchor } from './freshness.js'

const slotBytes = 96
/** Both slots. */
export const recordBytes = 192

export interface VersionRecord {
  readonly storeId: Uint8Array
  /** The record counts once the counter has this value. */
  readonly counter: bigint
  readonly anchor: Anchor
}

/** Which slot a record goes to: never that of the one before, which a write that is cut off would destroy. */
export function slotOffset(counter: bigint): number {
  return Number(counter % 2n) * slotBytes
}

export function encodeRecord({ storeId, counter, anchor }: VersionRecord): Uint8Array {
  const body = concatBytes(storeId, u64(counter), u64(anchor.sequence), anchor.rootHash)
  return concatBytes(body, sha256(body))
}

/** The records in both slots that are whole and in their place. */
export function parseRecords(bytes: Uint8Array): readonly VersionRecord[] {
  return [0, slotBytes].flatMap((offset) => {
    const record = parseSlot(bytes.slice(offset, offset + slotBytes))
    return record !== undefined && slotOffset(record.counter) === offset ? [record] : []
  })
}

function parseSlot(slot: Uint8Array): VersionRecord | undefined {
  if (slot.length !== slotBytes || !equalBytes(sha256(slot.subarray(0, 64)), slot.subarray(64))) return undefined
  const view = new DataView(slot.buffer, slot.byteOffset)
  const anchor = { sequence: view.getBigUint64(24), rootHash: slot.slice(32, 64) }
  return { storeId: slot.slice(0, 16), counter: view.getBigUint64(16), anchor }
}

function u64(value: bigint): Uint8Array {
  const bytes = new Uint8Array(8)
  new DataView(bytes.buffer).setBigUint64(0, value)
  return bytes
}

function sha256(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(createHash('sha256').update(bytes).digest())
}
