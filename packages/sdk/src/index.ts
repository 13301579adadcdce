// The front door: errors, evidence, verification, for Node and browsers alike. What needs Node has its own subpath.
export type { ErrorCode, ErrorDetails } from './core/index.js'
export { EvidenceError, PolicyError, TresorError, UnavailableError, UsageError } from './core/index.js'
export { decodeEvidence } from './evidence/cmw/decode-evidence.js'
export { encodeEvidence } from './evidence/cmw/encode-evidence.js'
export type { Endorsement, Evidence, EvidenceKind } from './evidence/index.js'
export type {
  Appraisal,
  AuthenticateOptions,
  Check,
  Collateral,
  Policy,
  Verifier,
  VerifierOptions,
  VerifyOptions
} from './verify/index.js'
export { appraisalOf, authenticate, createVerifier, parsePolicy, policyFrom, verify } from './verify/index.js'
