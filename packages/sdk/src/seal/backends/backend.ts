// The seam to where sealed bytes lie: a directory, memory, PostgreSQL, an object store. It sees ciphertext only and is trusted with nothing
// but availability.

/** Where bytes lie: in which blob, from which byte on. */
export interface Place {
  /** 1 to 64 characters of a-z, 0-9, `-`. */
  readonly blob: string
  readonly offset: number
}

/** A root slot: what it holds, and a version that compare-and-set names. */
export interface RootSlots {
  /** The two slots; an empty array for one never written. At most 4 KiB each. Order is of no meaning: records are numbered inside. */
  readonly slots: readonly [Uint8Array, Uint8Array]
  /** Opaque; changes with every write. */
  readonly version: string
}

/** Bytes that come one after the other and are one blob in the end. */
export interface BlobWriter {
  readonly blob: string
  /** May buffer; waits when too much is on its way. The caller leaves `bytes` alone until it is resolved. */
  write(bytes: Uint8Array): Promise<void>
  /** Complete, and durable after the next `flush`. */
  finish(): Promise<void>
  /** Takes it back. Also after a failed `write`. */
  discard(): Promise<void>
}

/** Held by the one writer of a store. */
export interface WriterLease {
  /** @throws UnavailableError ERR_STORE_LOCKED when another has taken it over meanwhile; asked before every root is written. */
  assertHeld(): Promise<void>
  release(): Promise<void>
}

/**
 * What is written is never changed, but for the root. All methods may throw UnavailableError ERR_STORE_BACKEND with the cause (ENOSPC, EIO,
 * EROFS, EACCES, a database that is away); what was committed stays readable then.
 */
export interface Backend {
  /** For messages and logs: no secrets, such as `directory data`. */
  readonly name: string
  /** True when there is a store, or what is left of one: `createVault` refuses then. */
  isOccupied(): Promise<boolean>
  /** Stores small things together, each where its `Place` says; durable after `flush`. */
  append(parts: readonly Uint8Array[]): Promise<readonly Place[]>
  createBlob(): Promise<BlobWriter>
  /** Everything appended and finished so far is on stable storage when it resolves. */
  flush(): Promise<void>
  /** Exactly `length` bytes. @throws SealError ERR_SEALED_MISSING when the blob is gone, ERR_SEALED_TRUNCATED when it is too short */
  read(place: Place, length: number, signal?: AbortSignal): Promise<Uint8Array>
  /**
   * For backends on files: an open file descriptor of the blob, which stays valid until `release` is called, so that reading and opening
   * can be one step. Others leave it out.
   */
  borrowFile?(blob: string): Promise<{ readonly fd: number; release(): void }>
  /** All blobs with their sizes, in any order. */
  list(): AsyncIterable<{ readonly blob: string; readonly bytes: number }>
  /** A blob that is not there is no error. */
  remove(blob: string): Promise<void>
  /** The keyring's newest bytes by name; `undefined` when there is none. At most 1 MiB. */
  readKeyring(name: string): Promise<Uint8Array | undefined>
  /** Durable when it resolves. `name`: 1 to 64 characters of a-z, 0-9, `-`; never written twice. */
  writeKeyring(name: string, bytes: Uint8Array): Promise<void>
  listKeyrings(): Promise<readonly string[]>
  removeKeyring(name: string): Promise<void>
  readRoots(): Promise<RootSlots>
  /**
   * Writes one slot, durable when it resolves; the other stays as it is. A crash in the middle may tear this slot only.
   * @throws SealError ERR_SEALED_CONFLICT when the version is not `expected`: somebody else has written
   */
  swapRoot(slot: 0 | 1, record: Uint8Array, expected: string): Promise<string>
  /** The sole right to write. @throws UnavailableError ERR_STORE_LOCKED with who holds it, as far as is known */
  lock(): Promise<WriterLease>
  close(): Promise<void>
}
