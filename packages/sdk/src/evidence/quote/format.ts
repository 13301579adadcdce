// Quotes in the registry of evidence: the header tells the TEE.
import type { EvidenceFormat } from '../format.js'
import { mediaTypes } from '../media-types.js'

export const tdxFormat: EvidenceFormat = {
  kind: 'tdx',
  mediaTypes: [mediaTypes.tdxQuote],
  isLikely: (bytes) => isQuoteOf(bytes, 0x81)
}

export const sgxFormat: EvidenceFormat = {
  kind: 'sgx',
  mediaTypes: [mediaTypes.sgxQuote],
  isLikely: (bytes) => isQuoteOf(bytes, 0)
}

/** Version 3 to 5, attestation key type 2, TEE type. */
function isQuoteOf(bytes: Uint8Array, tee: number): boolean {
  const [version = 0, high, keyType, keyHigh, teeType, ...rest] = bytes.subarray(0, 8)
  const plausible = bytes.length > 432 && version >= 3 && version <= 5 && high === 0 && keyType === 2 && keyHigh === 0
  return plausible && teeType === tee && (version === 3 || rest.every((byte) => byte === 0))
}
