// Quotes in the registry of evidence.
import type { EvidenceFormat } from '../format.js'
import { mediaTypes } from '../media-types.js'

export const tdxFormat: EvidenceFormat = { kind: 'tdx', mediaTypes: [mediaTypes.tdxQuote] }

export const sgxFormat: EvidenceFormat = { kind: 'sgx', mediaTypes: [mediaTypes.sgxQuote] }
