export { assertNever } from './assert-never.js'
export {
  concatBytes,
  copyBytes,
  equalBytes,
  fromHex,
  isHex,
  isZero,
  lengthPrefixed,
  reverseBytes,
  toHex,
  utf8
} from './bytes.js'
export type { Clock } from './clock.js'
export { systemClock } from './clock.js'
export { errorCatalog, remedyFor } from './error-catalog.js'
export type { ErrorCatalogEntry } from './error-catalog-entry.js'
export type { ErrorCode, EvidenceCode, PolicyCode, SealedCode, UnavailableCode, UsageCode } from './error-codes.js'
export type { ErrorDetails, ErrorOptions } from './errors.js'
export { EvidenceError, PolicyError, SealError, TresorError, UnavailableError, UsageError } from './errors.js'
export {
  expectBoolean,
  expectBytes,
  expectDate,
  expectFunction,
  expectInteger,
  expectOneOf,
  expectOptions,
  expectString,
  isPlainObject
} from './expect.js'
export { onDemand } from './on-demand.js'
export { Reader } from './reader.js'
