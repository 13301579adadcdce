// What the keyring of a store can do once a key source has opened it. Every change gives a new keyring, to be written under a new name and
// named by the next root; the old one stays as it is.

import type { ObjectSealer } from '../format/object-sealer.js'
import type { KeySource } from '../keys/key-source.js'

/** How objects are sealed. The caller names it; bytes never choose it. */
export type SuiteName = 'cobblestone-256'

/** One way to the keys of a store, as people see it. */
export interface KeySlot {
  /** 16 random bytes. */
  readonly id: Uint8Array
  /** Of the key source: `passphrase`, `recovery`, `tee`, `tpm`, `broker`, `handoff`, … */
  readonly kind: string
  readonly survival: 'hardware' | 'durable'
  /** The newest epoch when it was added. */
  readonly addedIn: number
  /** What the key depends on and is named by, bytes in hex. Nothing secret. */
  readonly parameters: Readonly<Record<string, unknown>>
}

/** The keys of a store, opened. They lie in locked memory where the addon is there; prints as `[redacted]`. */
export interface Keyring {
  /** 16 bytes. */
  readonly storeId: Uint8Array
  readonly suite: SuiteName
  /** The newest epoch, from 1 on: everything new is sealed under its key. Older ones only open. */
  readonly epoch: number
  /** All epochs whose keys are there, ascending. */
  readonly epochs: readonly number[]
  /** 32 bytes that only this epoch's key has, and that tell nothing about it. Upgrade tokens name it. */
  readonly commitment: Uint8Array
  /** The keyring as it is stored. At most 1 MiB. */
  bytes(): Uint8Array
  /** SHA-256 of `bytes()`. */
  digest(): Uint8Array
  slots(): readonly KeySlot[]
  /** Seals and opens objects of one epoch. The caller wipes it. @throws SealError ERR_SEALED_NO_KEY for an epoch that is not there */
  sealer(epoch: number): Promise<ObjectSealer>
  /** 32 bytes for another purpose that `label` (1 to 64 characters) names; the caller wipes them. @throws as `sealer` */
  derive(epoch: number, label: string): Promise<Uint8Array>
  /** One more way in, to everything. */
  addSlot(source: KeySource): Promise<Keyring>
  /**
   * Takes a way out and begins a new epoch, which that slot does not open. It still opens the old keyring, and so what was sealed before.
   * @throws UsageError ERR_USAGE_OPTION for an unknown slot, the last one, or the last durable one of a store that is to be recoverable
   */
  removeSlot(id: Uint8Array): Promise<Keyring>
  /** Begins a new epoch. All slots stay; no key source is needed. */
  rotate(): Promise<Keyring>
  /** Forgets the keys of epochs below `epoch`: what was sealed under them is lost. */
  dropEpochs(below: number): Promise<Keyring>
  /** One more slot, for the image that the owner's upgrade token names. @throws SealError ERR_SEALED_TOKEN */
  handoff(token: Uint8Array): Promise<Keyring>
  /**
   * Refuses a keyring that was not made from `previous` in one step by somebody who had the newest key of `previous`. Whoever opens a store
   * one root ahead of its anchor asks this when that root names another keyring than the root before.
   * @throws SealError ERR_SEALED_ROLLBACK
   */
  assertSucceeds(previous: Keyring): Promise<void>
  /** Wipes the keys. Everything that needs one fails afterwards. */
  wipe(): void
}

export interface CreateKeyringOptions {
  /** 16 random bytes. */
  readonly storeId: Uint8Array
  readonly suite: SuiteName
  /** At least one that is durable. At most 32. */
  readonly keys: readonly KeySource[]
  /** Takes keys that are lost with the machine only, and with them the data. */
  readonly unrecoverable?: boolean
  /** Public key (DER SubjectPublicKeyInfo: Ed25519, P-256 or P-384) of who may sign upgrade tokens for this store. */
  readonly ownerKey?: Uint8Array
}

export interface OpenKeyringOptions {
  readonly storeId: Uint8Array
  readonly suite: SuiteName
  /** Tried in order. */
  readonly keys: readonly KeySource[]
}
