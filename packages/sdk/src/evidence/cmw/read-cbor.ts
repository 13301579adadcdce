// CMW in CBOR: a record `[type, value, ?ind]`, or a map of records (draft-ietf-rats-msg-wrap, sections 3.1 and 3.3).
import { type CborKey, type CborValue, isCborMap, isCborTag, parseCbor } from '../../encoding/index.js'
import { type CmwItem, collectionTypeKey, malformedCmw, maxCmwBytes, maxCmwItems, readItem, readLabel } from './item.js'

/** @throws EvidenceError ERR_ENCODING_CBOR, ERR_CMW_FORMAT */
export function readCborCmw(bytes: Uint8Array): readonly CmwItem[] {
  const value = parseCbor(bytes, 'CMW', { maxBytes: maxCmwBytes, maxDepth: 4, maxItems: 8 * maxCmwItems })
  if (Array.isArray(value)) return [readRecord('', value)]
  if (value instanceof Map) return readCollection(value)
  throw malformedCmw(
    isCborTag(value) ? 'a CBOR tag is not accepted, expected a record' : 'expected a record or a collection'
  )
}

function readCollection(map: ReadonlyMap<CborKey, CborValue>): readonly CmwItem[] {
  if (map.size > maxCmwItems) throw malformedCmw(`expected at most ${maxCmwItems} members, found ${map.size}`)
  const items: CmwItem[] = []
  for (const [key, value] of map) {
    if (key === collectionTypeKey) requireCollectionType(value)
    else items.push(readRecord(readLabel(key), value))
  }
  return items
}

/** A URI as text or an object identifier as bytes. It says nothing that a verifier needs. */
function requireCollectionType(value: CborValue): void {
  if (typeof value === 'string' || value instanceof Uint8Array || isCborTag(value)) return
  throw malformedCmw('malformed type of the collection')
}

function readRecord(label: string, record: CborValue): CmwItem {
  if (isCborMap(record)) throw malformedCmw('a collection within a collection is not accepted')
  if (!Array.isArray(record) || record.length < 2 || record.length > 3)
    throw malformedCmw('expected a record of 2 or 3 fields')
  const [type, value, ...rest]: readonly CborValue[] = record
  if (typeof type === 'string' && type.startsWith('#'))
    throw malformedCmw('a tunnel between CBOR and JSON is not accepted')
  if (!(value instanceof Uint8Array)) throw malformedCmw('expected bytes as the value of a record')
  return rest.length === 0 ? readItem(label, [type, value]) : readItem(label, [type, value, rest[0]])
}
