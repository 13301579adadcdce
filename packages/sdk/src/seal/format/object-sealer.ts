// The seam between a store and its file format: bytes in, immutable sealed objects out, and ranges of them back.

/** What an object is for. One kind never opens as another. */
export type ObjectKind = 'content' | 'index' | 'delta' | 'root' | 'value' | 'file'

/** Who an object is. All of it is bound to its bytes: an object in another's place does not open. */
export interface ObjectIdentity {
  /** 16 bytes. */
  readonly storeId: Uint8Array
  /** 16 bytes, random, never used twice. */
  readonly objectId: Uint8Array
  /** The commit that made it. */
  readonly generation: bigint
  /** Unsigned 32 bits. */
  readonly epoch: number
  readonly kind: ObjectKind
}

/** Seals one object, in order. */
export interface ObjectWriter {
  /** Ciphertext that is ready (may be empty); `plaintext` is not kept. Lengths at any granularity. */
  update(plaintext: Uint8Array): Promise<Uint8Array>
  /** The rest. Nothing may follow. */
  finish(): Promise<Uint8Array>
  /** Gives back what `update` gave and nobody reads any more: memory that is used again costs much less than new one. */
  release?(sealed: Uint8Array): void
}

/** Opens ranges of one object. */
export interface ObjectReader {
  /** Of the plaintext, in bytes; authenticated only when the last chunk has been opened, which `verifyLength` does. */
  readonly length: number
  /** Opens the last chunk: afterwards `length` is certain. @throws SealError ERR_SEALED_AUTH, ERR_SEALED_TRUNCATED */
  verifyLength(): Promise<void>
  /** Exactly those bytes of the plaintext, each of which has been authenticated. @throws SealError ERR_SEALED_AUTH */
  read(offset: number, length: number): Promise<Uint8Array>
  /** As `read`, into the caller's buffer. Nothing of what was not authenticated is left in it. */
  readInto(target: Uint8Array, offset: number): Promise<void>
  close(): void
}

/** Where an object's ciphertext can be read. */
export interface SealedBytes {
  /** Of the ciphertext. */
  readonly length: number
  read(offset: number, length: number): Promise<Uint8Array>
  /** Where the ciphertext lies in a file, from byte `position` on: lets the addon read and open in one step. */
  readonly file?: { readonly fd: number; readonly position: number }
}

/** The key of one epoch, ready to seal and open; the key itself lies in locked memory where the addon is there. */
export interface ObjectSealer {
  readonly epoch: number
  /** Length of the ciphertext for so much plaintext. */
  sealedLength(plaintextLength: number): number
  /** Synchronous and in one call: for small objects. */
  seal(identity: ObjectIdentity, plaintext: Uint8Array): Uint8Array
  /** @throws SealError ERR_SEALED_AUTH, ERR_SEALED_TRUNCATED */
  open(identity: ObjectIdentity, sealed: Uint8Array): Uint8Array
  createWriter(identity: ObjectIdentity): ObjectWriter
  openReader(identity: ObjectIdentity, sealed: SealedBytes): Promise<ObjectReader>
  /** Wipes the key. Everything else fails afterwards. */
  wipe(): void
}
