export type { SgxRule } from './rule.js'
export { sgxVerifier } from './verifier.js'
