export type {
  Collateral,
  CollateralFound,
  CollateralItem,
  CollateralLookup,
  RefreshableCollateral,
  Refreshed
} from './collateral.js'
export { createCollateral } from './create-collateral.js'
export type { CollateralOptions } from './options.js'
export type { ServiceAddress, Services } from './services.js'
export type { CollateralRecord, CollateralStore } from './store.js'
export { memoryStore } from './store.js'
