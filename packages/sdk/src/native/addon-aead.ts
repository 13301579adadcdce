// Bulk encryption with the addon: many chunks in one call, keys that never become arrays, several threads for much at once.
import type { BulkAead, ChunkKey, MemoryHandle } from '@tresor/native'
import { UnavailableError, UsageError } from '../core/index.js'
import type { Aead, ChunkCipher, FileChunks, SealedChunks, SecretKey } from './aead.js'
import { type ChunkRun, type ChunkScheme, cobblestoneScheme, streamScheme } from './chunk-scheme.js'
import { handleOf } from './locked-memory.js'

export function createAddonAead(addon: BulkAead): Aead {
  return {
    name: 'addon',
    sealMessage: (key, context, salt, plaintext) =>
      withKey(key, (secret) => addon.sealMessage(secret, context, salt, plaintext)),
    openMessage: (key, context, sealed) => withKey(key, (secret) => addon.openMessage(secret, context, sealed)),
    deriveChunks: (key, context, salt) => {
      const { chunkKey, commitment } = withKey(key, (secret) => addon.deriveChunkKey(secret, context, salt))
      return { cipher: new AddonCipher(addon, cobblestoneScheme, chunkKey), commitment }
    },
    importStream: (payloadKey) => new AddonCipher(addon, streamScheme, addon.importStreamKey(payloadKey)),
    expand: (key, info, target) => expand(addon, key, info, target),
    allocate: (bytes) => addon.allocate(bytes)
  }
}

/** Runs `work` with the handle of the memory; with a copy, which is wiped, of memory that is not the addon's. */
function withKey<T>(key: SecretKey, work: (secret: MemoryHandle | Uint8Array) => T): T {
  if (key instanceof Uint8Array) return work(key)
  const handle = handleOf(key)
  if (handle !== undefined) return work(handle)
  const copy = key.read()
  try {
    return work(copy)
  } finally {
    copy.fill(0)
  }
}

function expand(addon: BulkAead, key: SecretKey, info: Uint8Array, target: Parameters<Aead['expand']>[2]): void {
  const handle = handleOf(target)
  if (handle === undefined) throw new UsageError('ERR_USAGE_OPTION', 'target: expected memory that allocateLocked gave')
  withKey(key, (secret) => addon.expandKey(secret, info, handle))
}

class AddonCipher implements ChunkCipher {
  readonly scheme: ChunkScheme
  readonly #addon: BulkAead
  #key: ChunkKey | undefined

  constructor(addon: BulkAead, scheme: ChunkScheme, key: ChunkKey) {
    this.#addon = addon
    this.scheme = scheme
    this.#key = key
  }

  seal(plaintext: Uint8Array, { first, isLast }: ChunkRun): Uint8Array {
    return this.#addon.seal(this.#liveKey(), first, isLast, plaintext)
  }

  sealInto(target: Uint8Array, plaintext: Uint8Array, { first, isLast }: ChunkRun): void {
    this.#addon.sealInto(this.#liveKey(), first, isLast, plaintext, target)
  }

  async sealLater(plaintext: Uint8Array, { first, isLast }: ChunkRun, target?: Uint8Array): Promise<Uint8Array> {
    if (target === undefined) return this.#addon.sealAsync(this.#liveKey(), first, isLast, plaintext)
    await this.#addon.sealAsync(this.#liveKey(), first, isLast, plaintext, target)
    return target
  }

  open({ sealed, first, isLast }: SealedChunks): Uint8Array | undefined {
    return this.#addon.open(this.#liveKey(), first, isLast, sealed)
  }

  async openInto(target: Uint8Array, { sealed, first, isLast }: SealedChunks, skip: number): Promise<boolean> {
    if (sealed.length < laterBytes) return this.#addon.openInto(this.#liveKey(), first, isLast, sealed, target, skip)
    return this.#addon.openAsync(this.#liveKey(), first, isLast, sealed, target, skip)
  }

  async readInto(target: Uint8Array, chunks: FileChunks, skip: number): Promise<'opened' | 'changed' | 'short'> {
    const { first, isLast, fd, position, sealedBytes } = chunks
    return this.#addon.readAsync(this.#liveKey(), first, isLast, fd, position, sealedBytes, target, skip)
  }

  wipe(): void {
    if (this.#key !== undefined) this.#addon.wipeChunkKey(this.#key)
    this.#key = undefined
  }

  #liveKey(): ChunkKey {
    if (this.#key === undefined)
      throw new UnavailableError('ERR_STORE_CLOSED', 'sealed message: its key has been wiped')
    return this.#key
  }
}

/** Less than this is opened before a thread would have begun and its work been taken over. */
const laterBytes = 1 << 20
