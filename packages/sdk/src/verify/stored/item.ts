// An item of a store as an audit sees it.
import type { ExtraRoot } from '../verifier.js'

/** What is known of an item once it is read. */
export interface StoredItem {
  readonly what: string
  readonly notBefore: Date
  readonly notAfter: Date
  /** Proves whose word it is. */
  verify(audit: Audit): Promise<void>
}

/** What items need of each other: the list of the root, the issuers of a list. */
export interface Audit {
  readonly now: Date
  readonly extraRoots: readonly ExtraRoot[]
  /** Raw bytes of another item. @throws UnavailableError ERR_COLLATERAL_MISSING */
  require(key: string): Promise<Uint8Array>
}
