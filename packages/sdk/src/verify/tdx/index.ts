export { tdxFamily } from './family.js'
export type { RtmrIndex, RtmrValue, TdxRule } from './rule.js'
