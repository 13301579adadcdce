// Since when blobs are known to be garbage. Kept in the index, so that the grace period goes on across restarts.
import { utf8 } from '../../core/index.js'
import { isName } from '../backends/names.js'
import { ByteWriter } from './byte-writer.js'
import { type IndexKey, keyOf, nameOf } from './index-key.js'
import { parseRecord } from './record-reader.js'
import type { StoreView } from './view.js'
import { ownDirectory } from './walk-version.js'

export function tombstoneKey(blob: string): IndexKey {
  return keyOf(ownDirectory, blob)
}

/** `sinceMs`: milliseconds since 1970. */
export function encodeTombstone(sinceMs: number): Uint8Array {
  const writer = new ByteWriter(16)
  writer.bytes(utf8('dead'))
  writer.f64(sinceMs)
  return writer.finish()
}

/** Since when, by the name of the blob. @throws SealError ERR_SEALED_FORMAT */
export async function readTombstones(view: StoreView): Promise<ReadonlyMap<string, number>> {
  const tombstones = new Map<string, number>()
  for await (const [key, value] of view.listValues(ownDirectory)) {
    const blob = nameOf(key)
    if (blob !== undefined && isName(blob)) tombstones.set(blob, parseTombstone(value))
  }
  return tombstones
}

function parseTombstone(bytes: Uint8Array): number {
  return parseRecord(bytes, 'tombstone', (reader) => {
    if (String.fromCharCode(...reader.bytes(4, 'tag')) !== 'dead') throw reader.fail('this is none', 'tag')
    return reader.f64('since')
  })
}
