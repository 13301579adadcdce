// Conceptual Message Wrappers (draft-ietf-rats-msg-wrap): what one holds, whether it was written in CBOR or in JSON.
import { EvidenceError } from '../../core/index.js'

/** One message: a record, or a member of a collection. */
export interface CmwItem {
  /** The label in its collection; empty for a record alone. */
  readonly label: string
  readonly mediaType: string
  readonly value: Uint8Array
  /** Bitmap of what the message is: see `indicator`. */
  readonly indicator?: number
}

/** Bits of the `ind` field. */
export const indicator = { referenceValues: 1, endorsements: 2, evidence: 4, attestationResults: 8 } as const

/** Longer wrappers are refused unread. */
export const maxCmwBytes: number = 1 << 20

/** A collection with more members is refused. */
export const maxCmwItems = 32

/** The key of a collection that holds its type and no message. */
export const collectionTypeKey = '__cmwc_t'

export function malformedCmw(message: string, cause?: unknown): EvidenceError {
  return new EvidenceError('ERR_CMW_FORMAT', `CMW: ${message}`, cause === undefined ? {} : { cause })
}

/** Checks what both encodings have in common: `type`, `value`, optional `ind`. */
export function readItem(label: string, fields: readonly [type: unknown, value: Uint8Array, ind?: unknown]): CmwItem {
  const [type, value, ind] = fields
  const mediaType = readMediaType(type)
  if (fields.length === 2) return { label, mediaType, value }
  if (typeof ind !== 'number' || !Number.isInteger(ind) || ind < 1 || ind > 15) {
    throw malformedCmw('expected an indicator from 1 to 15')
  }
  return { label, mediaType, value, indicator: ind }
}

/** Lower case. Numbers of CoAP content formats are not read: none is registered for what is known here. */
function readMediaType(type: unknown): string {
  if (typeof type === 'number') throw malformedCmw('expected a media type, found the number of a CoAP content format')
  if (typeof type !== 'string') throw malformedCmw('expected a media type')
  if (type.startsWith('#')) throw malformedCmw('a tunnel between CBOR and JSON is not accepted')
  if (type.length > 255 || !/^[a-z0-9][a-z0-9!#$&^_.+-]*\/[a-z0-9][a-z0-9!#$&^_.+-]*(;[\x20-\x7e]*)?$/i.test(type)) {
    throw malformedCmw('malformed media type')
  }
  return type.toLowerCase()
}

/** Labels are for people. An integer, which CBOR admits, becomes text. */
export function readLabel(key: unknown): string {
  const label = typeof key === 'number' || typeof key === 'bigint' ? String(key) : key
  if (typeof label !== 'string' || label.length === 0 || label.length > 255) throw malformedCmw('malformed label')
  return label
}
