export type {
  Appraisal,
  Check,
  CheckOutcome,
  ClaimValue,
  CollateralUse,
  TcbAppraisal,
  TcbStatus
} from './appraisal.js'
export { appraisalOf } from './appraisal-of.js'
export type { AuthenticateOptions } from './authenticate.js'
export { authenticate } from './authenticate.js'
export type { BundleOptions } from './bundle.js'
export { bundle } from './bundle.js'
export type {
  Collateral,
  CollateralFound,
  CollateralItem,
  CollateralLookup,
  CollateralOptions,
  CollateralRecord,
  CollateralStore,
  RefreshableCollateral,
  Refreshed,
  ServiceAddress,
  Services
} from './collateral/index.js'
export { createCollateral, memoryStore } from './collateral/index.js'
export type { Verifier, VerifierOptions } from './create-verifier.js'
export { createVerifier } from './create-verifier.js'
export type { Freshness, NonceFreshness, ReportDataFreshness } from './freshness.js'
export type { IntelPcsOptions, PccsOptions } from './intel/pccs.js'
export { intelPcs, pccs } from './intel/pccs.js'
export type { CallOptions, CommonOptions } from './options.js'
export { parsePolicy } from './policy/parse-policy.js'
export type { Policy, PolicyRule } from './policy/policy.js'
export { policyFrom } from './policy/policy-from.js'
export type { SnpLeaf } from './snp/leaf.js'
export { parseSnpLeaf } from './snp/leaf.js'
export type { SnpRule } from './snp/rule.js'
export type { ExtraRoot } from './verifier.js'
export type { VerifyOptions, VerifySettings } from './verify.js'
export { verify } from './verify.js'
