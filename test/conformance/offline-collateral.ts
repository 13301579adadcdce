// What a case gives, and nothing else: no store, no network.
import { type Collateral, createCollateral } from '@tresor/sdk/verify'

export function offlineCollateral(given: readonly Uint8Array[]): Collateral {
  return createCollateral({ given, offline: true })
}
