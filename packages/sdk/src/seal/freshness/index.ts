export type { Anchor, Freshness } from './freshness.js'
export { processFreshness } from './process.js'
