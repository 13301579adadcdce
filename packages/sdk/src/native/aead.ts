// Bulk encryption: what it does, whoever does it. The addon uses the OpenSSL of this Node in one call for many chunks; without it,
// node:crypto seals one chunk after the other.

import type { ChunkRun, ChunkScheme } from './chunk-scheme.js'
import type { LockedMemory } from './locked-memory.js'

/** 32 bytes. Whoever gave them wipes them. */
export type SecretKey = LockedMemory | Uint8Array

/** Sealed chunks and where they belong. */
export interface SealedChunks extends ChunkRun {
  readonly sealed: Uint8Array
}

/** The same in a file. */
export interface FileChunks extends ChunkRun {
  /** Open until the call has returned. */
  readonly fd: number
  /** Where the chunks begin in the file. */
  readonly position: number
  readonly sealedBytes: number
}

/**
 * Seals and opens the chunks of one message, by their numbers. Lengths must be those of a run (`countChunks`, `plaintextBytesOf`): the
 * caller has checked them. What was changed is `undefined` or `false`, and nothing of it is given out.
 */
export interface ChunkCipher {
  readonly scheme: ChunkScheme
  seal(plaintext: Uint8Array, run: ChunkRun): Uint8Array
  /** As `seal`, into a target of exactly the length. */
  sealInto(target: Uint8Array, plaintext: Uint8Array, run: ChunkRun): void
  /**
   * As `seal`, elsewhere than in this thread where that is possible; into `target` where one of exactly the length is given. Unless it is from
   * `allocate`, `plaintext` may be changed at once.
   */
  sealLater(plaintext: Uint8Array, run: ChunkRun, target?: Uint8Array): Promise<Uint8Array>
  open(chunks: SealedChunks): Uint8Array | undefined
  /**
   * Copies the plaintext from its byte `skip` on into `target`, all of it. `sealed` is the cipher's to read until the promise is settled.
   * After a failure `target` holds zeros.
   */
  openInto(target: Uint8Array, chunks: SealedChunks, skip: number): Promise<boolean>
  /** As `openInto`, reading from a file in the same step. `short`: the file ends too early. Rejects with the system's error. */
  readInto?(target: Uint8Array, chunks: FileChunks, skip: number): Promise<'opened' | 'changed' | 'short'>
  /** Nothing else works afterwards; what is under way ends. May be repeated. */
  wipe(): void
}

export interface Aead {
  readonly name: 'addon' | 'node'
  /** Why it is not the addon. */
  readonly obstacle?: string
  /** A whole Cobblestone-256 message with the given salt of 24 bytes. */
  sealMessage(key: SecretKey, context: Uint8Array, salt: Uint8Array, plaintext: Uint8Array): Uint8Array
  /** `sealed` has the length of a message. */
  openMessage(key: SecretKey, context: Uint8Array, sealed: Uint8Array): Uint8Array | undefined
  /** The key of one Cobblestone-256 message, and the commitment to it of 32 bytes. */
  deriveChunks(key: SecretKey, context: Uint8Array, salt: Uint8Array): { cipher: ChunkCipher; commitment: Uint8Array }
  /** The payload of an age file under its payload key, of which a copy is made. */
  importStream(payloadKey: Uint8Array): ChunkCipher
  /** HKDF-Expand with SHA-512 (RFC 5869 §2.3) into memory of at most 128 bytes. */
  expand(key: SecretKey, info: Uint8Array, target: LockedMemory): void
  /** Zeros, in memory that the promises above need not copy: leave it alone until they are settled. */
  allocate(bytes: number): Uint8Array
}

/** Before the name of the AEAD, the salt and the context (c2sp.org/chunked-encryption, key derivation). */
export const cobblestoneLabel = 'c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM\0'

export const saltBytes = 24
export const commitmentBytes = 32
/** Salt and commitment. */
export const messageHeaderBytes: number = saltBytes + commitmentBytes
