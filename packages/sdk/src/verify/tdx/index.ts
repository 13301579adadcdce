export { tdxFamily } from './family.js'
export type { RtmrValue, TdxRule } from './rule.js'
