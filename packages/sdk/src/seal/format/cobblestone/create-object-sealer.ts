// The key of one epoch of one store, at work: every object is one Cobblestone-256 message whose context says who it is.

import { crypto } from '#crypto'
import {
  equalBytes,
  expectBytes,
  expectInteger,
  expectOptions,
  UnavailableError,
  UsageError,
  utf8
} from '../../../core/index.js'
import {
  type Aead,
  allocateLocked,
  type LockedMemory,
  loadAead,
  type SecretKey,
  saltBytes
} from '../../../native/index.js'
import type { ObjectIdentity, ObjectReader, ObjectSealer, ObjectWriter, SealedBytes } from '../object-sealer.js'
import { encodeIdentity } from './identity.js'
import { plaintextLength, sealedLength, unauthentic } from './layout.js'
import { openMessageReader } from './message-reader.js'
import { createMessageWriter } from './message-writer.js'

export interface ObjectSealerOptions {
  /** The store's key for this epoch, 32 bytes, random. It stays the caller's, who may wipe it at once. */
  readonly key: SecretKey
  /** Unsigned 32 bits. Objects of another epoch are refused. */
  readonly epoch: number
  /** 16 bytes. Objects of another store are refused; default: any store. */
  readonly storeId?: Uint8Array
}

/** What the sealer needs of the platform. */
export interface SealerPlatform {
  readonly aead: Aead
  readonly random: (length: number) => Uint8Array
}

const optionNames = ['key', 'epoch', 'storeId'] as const

/** Keys of objects come from this one, which is good for nothing else. */
const contentLabel = utf8('tresor-seal/1 content')

/** @throws UsageError ERR_USAGE_OPTION */
export async function createObjectSealer(
  options: ObjectSealerOptions,
  platform?: SealerPlatform
): Promise<ObjectSealer> {
  expectOptions(options, optionNames, 'createObjectSealer')
  const epoch = expectInteger(options.epoch, [0, 0xffff_ffff], 'epoch')
  const storeId = options.storeId === undefined ? undefined : expectBytes(options.storeId, 16, 'storeId').slice()
  const key = expectSecretKey(options.key)
  const { aead, random } = platform ?? { aead: await loadAead(), random: crypto.randomBytes }
  const inputKey = await allocateLocked(32)
  aead.expand(key, contentLabel, inputKey)
  return new CobblestoneSealer({ aead, random }, inputKey, epoch, storeId)
}

/** @throws UsageError ERR_USAGE_OPTION unless it is 32 bytes */
export function expectSecretKey(key: SecretKey): SecretKey {
  if (key instanceof Uint8Array) return expectBytes(key, 32, 'key')
  if (typeof key !== 'object' || key === null || key.size !== 32 || typeof key.read !== 'function') {
    throw new UsageError('ERR_USAGE_OPTION', 'key: expected 32 bytes (Uint8Array) or locked memory of 32 bytes')
  }
  return key
}

class CobblestoneSealer implements ObjectSealer {
  readonly epoch: number
  readonly #platform: SealerPlatform
  readonly #storeId: Uint8Array | undefined
  #key: LockedMemory | undefined

  constructor(platform: SealerPlatform, key: LockedMemory, epoch: number, storeId: Uint8Array | undefined) {
    this.#platform = platform
    this.#key = key
    this.epoch = epoch
    this.#storeId = storeId
  }

  sealedLength(plaintext: number): number {
    return sealedLength(expectInteger(plaintext, [0, Number.MAX_SAFE_INTEGER], 'plaintextLength'))
  }

  seal(identity: ObjectIdentity, plaintext: Uint8Array): Uint8Array {
    if (!(plaintext instanceof Uint8Array)) throw new UsageError('ERR_USAGE_OPTION', 'plaintext: expected a Uint8Array')
    const { aead, random } = this.#platform
    return aead.sealMessage(this.#liveKey(), this.#contextOf(identity), random(saltBytes), plaintext)
  }

  open(identity: ObjectIdentity, sealed: Uint8Array): Uint8Array {
    if (!(sealed instanceof Uint8Array)) throw new UsageError('ERR_USAGE_OPTION', 'sealed: expected a Uint8Array')
    plaintextLength(sealed.length)
    const plaintext = this.#platform.aead.openMessage(this.#liveKey(), this.#contextOf(identity), sealed)
    if (plaintext === undefined) throw unauthentic(`the ${identity.kind} object`)
    return plaintext
  }

  createWriter(identity: ObjectIdentity): ObjectWriter {
    const { aead, random } = this.#platform
    return createMessageWriter(aead, this.#liveKey(), this.#contextOf(identity), random(saltBytes))
  }

  async openReader(identity: ObjectIdentity, sealed: SealedBytes): Promise<ObjectReader> {
    return openMessageReader(this.#platform.aead, this.#liveKey(), this.#contextOf(identity), sealed)
  }

  wipe(): void {
    this.#key?.wipe()
    this.#key = undefined
  }

  #contextOf(identity: ObjectIdentity): Uint8Array {
    const context = encodeIdentity(identity)
    if (
      identity.epoch !== this.epoch ||
      (this.#storeId !== undefined && !equalBytes(identity.storeId, this.#storeId))
    ) {
      throw new UsageError('ERR_USAGE_OPTION', 'identity: expected an object of the store and epoch of this key')
    }
    return context
  }

  #liveKey(): LockedMemory {
    if (this.#key === undefined) throw new UnavailableError('ERR_STORE_CLOSED', 'sealed store: its key has been wiped')
    return this.#key
  }
}
