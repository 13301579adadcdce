export { cmwFormatOf, decodeEvidence } from './decode-evidence.js'
export type { EncodeEvidenceOptions } from './encode-evidence.js'
export { encodeEvidence } from './encode-evidence.js'
