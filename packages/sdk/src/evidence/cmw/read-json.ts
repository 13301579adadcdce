// CMW in JSON: the same as in CBOR, with values in base64url (draft-ietf-rats-msg-wrap, sections 3.1 and 3.3).
import { isPlainObject } from '../../core/index.js'
import { decodeBase64Url } from '../../encoding/base64.js'
import { parseJson } from '../../encoding/index.js'
import { type CmwItem, collectionTypeKey, malformedCmw, maxCmwBytes, maxCmwItems, readItem, readLabel } from './item.js'

/** Base64 makes four characters of three bytes. */
const maxJsonBytes = Math.ceil((maxCmwBytes * 4) / 3)

/** @throws EvidenceError ERR_ENCODING_JSON, ERR_ENCODING_BASE64, ERR_CMW_FORMAT */
export function readJsonCmw(bytes: Uint8Array): readonly CmwItem[] {
  const value = parseJson(bytes, 'CMW', { maxBytes: maxJsonBytes, maxDepth: 4 })
  if (Array.isArray(value)) return [readRecord('', value)]
  if (isPlainObject(value)) return readCollection(Object.entries(value))
  throw malformedCmw('expected a record or a collection')
}

function readCollection(members: readonly [string, unknown][]): readonly CmwItem[] {
  if (members.length > maxCmwItems)
    throw malformedCmw(`expected at most ${maxCmwItems} members, found ${members.length}`)
  const items: CmwItem[] = []
  for (const [label, value] of members) {
    if (label !== collectionTypeKey) items.push(readRecord(readLabel(label), value))
    else if (typeof value !== 'string') throw malformedCmw('malformed type of the collection')
  }
  return items
}

function readRecord(label: string, record: unknown): CmwItem {
  if (isPlainObject(record)) throw malformedCmw('a collection within a collection is not accepted')
  if (!Array.isArray(record) || record.length < 2 || record.length > 3)
    throw malformedCmw('expected a record of 2 or 3 fields')
  const [type, value, ...rest]: readonly unknown[] = record
  if (typeof value !== 'string') throw malformedCmw('expected base64url text as the value of a record')
  const bytes = decodeBase64Url(value)
  return rest.length === 0 ? readItem(label, [type, bytes]) : readItem(label, [type, bytes, rest[0]])
}
