export type { Anchor, Freshness } from './freshness.js'
export { processFreshness } from './process.js'
export type { TpmFreshnessOptions } from './tpm.js'
export { tpmFreshness } from './tpm.js'
