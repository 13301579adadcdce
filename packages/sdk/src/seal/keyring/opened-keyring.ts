// A keyring whose newest key is at hand.
import {
  concatBytes,
  equalBytes,
  expectBytes,
  expectInteger,
  expectString,
  SealError,
  UnavailableError,
  utf8
} from '../../core/index.js'
import type { LockedMemory } from '../../native/index.js'
import { createObjectSealer } from '../format/cobblestone/index.js'
import type { ObjectSealer } from '../format/object-sealer.js'
import { recipientKey } from '../keys/handoff.js'
import type { KeySource } from '../keys/key-source.js'
import { copySecret, withSecret } from '../keys/secret-bytes.js'
import { refused, verifyUpgradeToken } from '../keys/upgrade-token.js'
import { type KeyringState, openOldKeys } from './build.js'
import { addSlot, dropEpochs, removeSlot, rotate } from './change.js'
import { describeSlot } from './describe.js'
import { importEpochKey, isMacOf, sha256, withDerived } from './epoch-key.js'
import type { Keyring, KeySlot, SuiteName } from './keyring.js'
import { expectSource } from './options.js'
import { encodeBody, type KeyringRecord } from './record.js'

export function createOpenedKeyring(state: KeyringState): Keyring {
  return new OpenedKeyring(state)
}

class OpenedKeyring implements Keyring {
  readonly suite: SuiteName = 'cobblestone-256'
  readonly #record: KeyringRecord
  readonly #bytes: Uint8Array
  #key: LockedMemory | undefined

  constructor({ record, bytes, key }: KeyringState) {
    this.#record = record
    this.#bytes = bytes
    this.#key = key
  }

  get storeId(): Uint8Array {
    return this.#record.storeId.slice()
  }

  get epoch(): number {
    return this.#record.epoch
  }

  get epochs(): readonly number[] {
    return [...this.#record.oldEpochs, this.#record.epoch]
  }

  get commitment(): Uint8Array {
    return this.#record.commitment.slice()
  }

  bytes(): Uint8Array {
    return this.#bytes.slice()
  }

  digest(): Uint8Array {
    return sha256(this.#bytes)
  }

  slots(): readonly KeySlot[] {
    return this.#record.slots.map(describeSlot)
  }

  async sealer(epoch: number): Promise<ObjectSealer> {
    const { storeId } = this.#record
    return this.#withEpoch(epoch, (key) => createObjectSealer({ key, epoch, storeId }))
  }

  async derive(epoch: number, label: string): Promise<Uint8Array> {
    const name = utf8(expectString(label, 'label'))
    expectBytes(name, [1, 64], 'label')
    return this.#withEpoch(epoch, (key) =>
      withDerived(key, 'derived', (derived) => withSecret(derived.read(), copySecret), concatBytes(name))
    )
  }

  async addSlot(source: KeySource): Promise<Keyring> {
    return new OpenedKeyring(await addSlot(this.#state(), expectSource(source)))
  }

  async removeSlot(id: Uint8Array): Promise<Keyring> {
    return new OpenedKeyring(await removeSlot(this.#state(), expectBytes(id, 16, 'id')))
  }

  async rotate(): Promise<Keyring> {
    return new OpenedKeyring(await rotate(this.#state()))
  }

  async dropEpochs(below: number): Promise<Keyring> {
    return new OpenedKeyring(await dropEpochs(this.#state(), expectInteger(below, [1, this.epoch], 'below')))
  }

  async handoff(token: Uint8Array): Promise<Keyring> {
    const { ownerKey, storeId, commitment } = this.#record
    if (ownerKey.length === 0) throw refused('this store names no owner who could sign one')
    const verified = verifyUpgradeToken(token, ownerKey, storeId)
    if (!equalBytes(verified.commitment, commitment)) throw refused('it is for another epoch of this store')
    return this.addSlot(recipientKey(new Uint8Array(token), verified))
  }

  async assertSucceeds(previous: Keyring): Promise<void> {
    const isNext = previous instanceof OpenedKeyring && (await this.#isAfter(previous))
    if (isNext) return
    throw new SealError(
      'ERR_SEALED_ROLLBACK',
      'keyring: it was not made from the one before by somebody who had its key'
    )
  }

  wipe(): void {
    this.#key?.wipe()
    this.#key = undefined
  }

  toJSON(): string {
    return '[redacted keyring]'
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toJSON()
  }

  async #isAfter(previous: OpenedKeyring): Promise<boolean> {
    const record = this.#record
    if (!equalBytes(record.previous, previous.digest()) || record.serial !== previous.#record.serial + 1) return false
    return isMacOf(previous.#state().key, 'successor', encodeBody(record), record.link)
  }

  /** The key of an old epoch only opens: whoever seals asks for `epoch`. */
  async #withEpoch<T>(epoch: number, use: (key: LockedMemory) => Promise<T>): Promise<T> {
    const { key } = this.#state()
    if (epoch === this.epoch) return use(key)
    const old = await this.#openOldKey(epoch)
    try {
      return await use(old)
    } finally {
      old.wipe()
    }
  }

  async #openOldKey(epoch: number): Promise<LockedMemory> {
    const at = this.#record.oldEpochs.indexOf(epoch)
    if (at < 0) throw new SealError('ERR_SEALED_NO_KEY', `keyring: the key of epoch ${epoch} is not in it`)
    return withSecret(await openOldKeys(this.#record, this.#state().key), (keys) => {
      if (keys === undefined) throw new SealError('ERR_SEALED_AUTH', 'keyring: the keys of old epochs were changed')
      return importEpochKey(keys.subarray(at * 32, at * 32 + 32))
    })
  }

  #state(): KeyringState {
    if (this.#key === undefined) throw new UnavailableError('ERR_STORE_CLOSED', 'keyring: its keys have been wiped')
    return { record: this.#record, bytes: this.#bytes, key: this.#key }
  }
}
