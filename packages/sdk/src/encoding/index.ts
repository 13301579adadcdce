export type { CborLimits } from './cbor.js'
export { parseCbor } from './cbor.js'
export type { CborKey, CborMap, CborTag, CborValue } from './cbor-value.js'
export { isCborMap, isCborTag } from './cbor-value.js'
export type { DerLimits } from './der-reader.js'
export { DerReader } from './der-reader.js'
export { derTag, explicitTag, implicitTag } from './der-tags.js'
export {
  derBitString,
  derBoolean,
  derEnumerated,
  derExplicit,
  derIa5String,
  derImplicit,
  derInteger,
  derNull,
  derOctetString,
  derOid,
  derPrintableString,
  derSequence,
  derSet,
  derTime,
  derUtf8String,
  encodeDer
} from './der-writer.js'
export type { JsonLimits } from './json.js'
export { parseJson } from './json.js'
export { decodeOid, encodeOid, isOid } from './oid.js'
export { toPrintable } from './printable.js'
export { decodeUtf8 } from './utf8.js'
