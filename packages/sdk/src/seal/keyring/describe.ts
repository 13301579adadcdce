// Slots in words, for people: the parameters of each are a map with text keys, whatever its source.
import { toHex } from '../../core/index.js'
import { type CborValue, isCborMap, isCborTag } from '../../encoding/index.js'
import { parseMap } from '../keys/stanza.js'
import type { KeySlot } from './keyring.js'
import type { SlotRecord } from './record.js'

export function describeSlot({ id, addedIn, isDurable, stanza }: SlotRecord): KeySlot {
  const entries = [...parseMap(stanza)].map(([name, value]) => [String(name), plain(value)] as const)
  return {
    id: id.slice(),
    kind: stanza.kind,
    survival: isDurable ? 'durable' : 'hardware',
    addedIn,
    parameters: Object.fromEntries(entries)
  }
}

function plain(value: CborValue): unknown {
  if (value instanceof Uint8Array) return toHex(value)
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== 'object' || value === null) return value
  if (isCborMap(value)) return Object.fromEntries([...value].map(([name, inner]) => [String(name), plain(inner)]))
  return isCborTag(value) ? plain(value.value) : undefined
}
