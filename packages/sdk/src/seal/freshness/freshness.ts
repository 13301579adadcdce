// The seam to whatever remembers which version of a store is the newest. A level is named by what it detects.

/** A version of a store: which, and the root record that ends it. */
export interface Anchor {
  /** Counts commits from 1. */
  readonly sequence: bigint
  /** SHA-256 of the root record, 32 bytes. */
  readonly rootHash: Uint8Array
}

/**
 * Remembers the newest version of stores. `process` detects replays within the run of this process and nothing across a restart; `tpm`
 * across restarts, if the state of the TPM is itself fresh; `broker` also copies and forks.
 */
export interface Freshness {
  readonly level: 'process' | 'tpm' | 'broker'
  /**
   * The newest version known; `undefined` for a store never seen. Only at level `process` may a store that exists be taken as it is then:
   * at the others somebody has removed what was remembered, and only `reset` helps. @throws UnavailableError ERR_STORE_ANCHOR
   */
  read(storeId: Uint8Array): Promise<Anchor | undefined>
  /**
   * Compare-and-set: moves from `expected` to `next`, or throws SealError ERR_SEALED_ROLLBACK when something else is remembered.
   * To repeat one that has been done is no error. @throws UnavailableError ERR_STORE_ANCHOR
   */
  advance(storeId: Uint8Array, expected: Anchor | undefined, next: Anchor): Promise<void>
  /** Takes `anchor` as the newest whatever is remembered. Only for an owner who accepts an older store knowingly. */
  reset(storeId: Uint8Array, anchor: Anchor): Promise<void>
}
