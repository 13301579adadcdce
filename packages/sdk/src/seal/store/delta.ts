// Deltas: what a commit changed, each linked to the one before. They stand beside the index until they are merged into it.
import { ByteWriter } from './byte-writer.js'
import { bytesOfKey, type IndexKey, keyOfBytes, prefixLength } from './index-key.js'
import { readOptionalRef, writeOptionalRef } from './object-ref.js'
import { parseRecord, type RecordReader } from './record-reader.js'
import type { ObjectRef } from './store.js'

/** New encoded entries by key; `undefined`: taken away. */
export type Changes = ReadonlyMap<IndexKey, Uint8Array | undefined>

export interface Delta {
  readonly previous: ObjectRef | undefined
  readonly changes: Changes
}

/** Rough size of a change in a delta. */
export function changeBytes(key: IndexKey, value: Uint8Array | undefined): number {
  return 7 + key.length + (value?.length ?? 0)
}

/** At least `paddedLength` bytes. */
export function encodeDelta(delta: Delta, paddedLength = 0): Uint8Array {
  const writer = new ByteWriter(4096)
  writeOptionalRef(writer, delta.previous)
  writer.u32(delta.changes.size)
  for (const [key, value] of [...delta.changes].sort(byKey)) writeChange(writer, key, value)
  writer.zeros(Math.max(0, paddedLength - writer.length))
  return writer.finish()
}

/** @throws SealError ERR_SEALED_FORMAT */
export function parseDelta(bytes: Uint8Array): Delta {
  return parseRecord(bytes, 'delta', (reader) => {
    const previous = readOptionalRef(reader, 'previous')
    const changes = readChanges(reader)
    reader.zeros(reader.remaining, 'padding')
    return { previous, changes }
  })
}

function byKey([a]: readonly [IndexKey, unknown], [b]: readonly [IndexKey, unknown]): number {
  return a < b ? -1 : 1
}

function writeChange(writer: ByteWriter, key: IndexKey, value: Uint8Array | undefined): void {
  writer.u16(key.length)
  writer.bytes(bytesOfKey(key))
  writer.u8(value === undefined ? 0 : 1)
  if (value === undefined) return
  writer.u32(value.length)
  writer.bytes(value)
}

function readChanges(reader: RecordReader): Changes {
  const count = reader.count(3 + prefixLength, 'count')
  const changes = new Map<IndexKey, Uint8Array | undefined>()
  let previous = ''
  for (let i = 0; i < count; i++) {
    const key = keyOfBytes(reader.bytes(reader.u16be('length of a key'), 'key'))
    if (key.length < prefixLength || key <= previous) throw reader.fail('keys must be whole and ascend', 'key')
    const isPresent = reader.flag('present')
    changes.set(key, isPresent ? reader.bytes(reader.u32be('length of a value'), 'value') : undefined)
    previous = key
  }
  return changes
}
