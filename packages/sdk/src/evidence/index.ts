export { encodeAttestBinding } from './attest-binding.js'
export type { Endorsement, Evidence, EvidenceKind } from './evidence.js'
