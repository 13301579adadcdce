export type { RtmrIndex, RtmrValue, TdxRule } from './rule.js'
export { tdxVerifier } from './verifier.js'
