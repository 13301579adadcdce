export { sgxFamily } from './family.js'
export type { SgxRule } from './rule.js'
