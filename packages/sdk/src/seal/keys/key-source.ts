// The seam to whatever protects a store's key: a TEE, a TPM, a broker, a passphrase, a recovery key.

/** What a wrapped key is for. Authenticated with it. */
export interface WrapContext {
  /** 16 bytes. */
  readonly storeId: Uint8Array
  /** The newest epoch when the slot was added; unsigned 32 bits. */
  readonly epoch: number
}

/** One way to the key as a keyring holds it: who can unwrap it, and with what. All of it is known to whoever holds the disk. */
export interface Stanza {
  /** The `kind` of the source that wrote it, 1 to 64 characters of a-z, 0-9, `-`. */
  readonly kind: string
  /** Derivation inputs and names, as deterministic CBOR that the source chose; never a secret. At most 16 KiB. */
  readonly parameters: Uint8Array
  /** The wrapped key, at most 4 KiB. */
  readonly body: Uint8Array
}

/**
 * Wraps and unwraps keys of 32 bytes. `unwrap` answers `undefined` for a stanza that is not for this source (another kind, another TPM,
 * another recipient), and throws SealError ERR_SEALED_KEY for one that is and does not open: changed, or not for this measurement.
 */
export interface KeySource {
  readonly kind: string
  /**
   * How the key can be lost. `hardware`: with the machine or an update; `durable`: only by its owner.
   * A store needs one that is durable, unless its owner insists.
   */
  readonly survival: 'hardware' | 'durable'
  /** `key` stays the caller's. */
  wrap(key: Uint8Array, context: WrapContext): Promise<Stanza>
  /** The caller owns the result and wipes it. Not every source can: a recovery recipient without its identity only wraps. */
  unwrap(stanza: Stanza, context: WrapContext): Promise<Uint8Array | undefined>
}
