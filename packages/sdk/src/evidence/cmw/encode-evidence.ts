// Evidence with its endorsements into one CMW. Nothing that only verifies imports this.
import { UsageError, utf8 } from '../../core/index.js'
import { encodeBase64Url } from '../../encoding/base64.js'
import { encodeCbor } from '../../encoding/cbor-encode.js'
import type { CborValue } from '../../encoding/index.js'
import type { Evidence } from '../evidence.js'
import { formatOfKind } from '../registry.js'
import { type CmwItem, indicator, maxCmwBytes, maxCmwItems } from './item.js'

interface EncodeEvidenceOptions {
  /** Default `cbor`. */
  readonly format?: 'cbor' | 'json'
}

/**
 * A record where there are no endorsements, else a collection; in CBOR or as JSON text in UTF-8.
 * @throws UsageError ERR_USAGE_OPTION for more or larger endorsements than a verifier would read
 */
export function encodeEvidence(evidence: Evidence, { format = 'cbor' }: EncodeEvidenceOptions = {}): Uint8Array {
  const items = itemsOf(evidence)
  if (items.length > maxCmwItems) throw tooMuch(`at most ${maxCmwItems - 1} endorsements, found ${items.length - 1}`)
  const bytes = format === 'cbor' ? encodeCbor(wrap(items, (value) => value)) : encodeJson(items)
  if (format === 'cbor' && bytes.length > maxCmwBytes)
    throw tooMuch(`at most ${maxCmwBytes} bytes, found ${bytes.length}`)
  return bytes
}

function itemsOf({ kind, bytes, endorsements }: Evidence): readonly CmwItem[] {
  const mediaType = formatOfKind(kind)?.mediaTypes[0]
  if (mediaType === undefined) throw new UsageError('ERR_USAGE_OPTION', `evidence: kind ${kind} is not known`)
  return [
    { label: 'evidence', mediaType, value: bytes, indicator: indicator.evidence },
    ...endorsements.map((endorsement, i) => ({
      label: `endorsement-${i + 1}`,
      mediaType: endorsement.mediaType,
      value: endorsement.bytes,
      indicator: indicator.endorsements
    }))
  ]
}

function encodeJson(items: readonly CmwItem[]): Uint8Array {
  const value = wrap(items, encodeBase64Url)
  return utf8(JSON.stringify(value instanceof Map ? Object.fromEntries(value) : value))
}

function wrap(items: readonly CmwItem[], encodeValue: (value: Uint8Array) => CborValue): CborValue {
  const entries = items.map(({ label, mediaType, value, indicator = 0 }): [string, CborValue] => [
    label,
    [mediaType, encodeValue(value), indicator]
  ])
  const [only] = entries
  return only !== undefined && entries.length === 1 ? only[1] : new Map(entries)
}

function tooMuch(message: string): UsageError {
  return new UsageError('ERR_USAGE_OPTION', `evidence: expected ${message}`)
}
