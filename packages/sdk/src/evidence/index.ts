export { encodeAttestBinding } from './attest-binding.js'
export type { Endorsement, Evidence, EvidenceKind } from './evidence.js'
export type { QeCertification, Quote, SgxReport, TdReport } from './quote/index.js'
export { decodeTdAttributes, isDebugEnclave, parseQuote } from './quote/index.js'
