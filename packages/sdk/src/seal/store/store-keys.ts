// The keys of a store by epoch, ready to work: what an opened keyring gives.
import { SealError } from '../../core/index.js'
import type { ObjectSealer } from '../format/object-sealer.js'
import type { Keyring } from '../keyring/keyring.js'

export interface StoreKeys {
  readonly keyring: Keyring
  /** Of the newest epoch: what is new is sealed with it. */
  readonly current: ObjectSealer
  /** @throws SealError ERR_SEALED_NO_KEY for an epoch that the keyring does not have */
  sealer(epoch: number): ObjectSealer
  /** Wipes all of them, and the keyring. */
  wipe(): void
}

/** Opens the keyring of a store; knows the key sources. @throws SealError */
export type UnlockKeyring = (bytes: Uint8Array, storeId: Uint8Array) => Promise<Keyring>

/** @throws SealError ERR_SEALED_NO_KEY for an epoch that the keyring does not have */
export async function loadKeys(keyring: Keyring): Promise<StoreKeys> {
  const sealers = new Map<number, ObjectSealer>()
  for (const epoch of keyring.epochs) sealers.set(epoch, await keyring.sealer(epoch))
  const sealer = (epoch: number) => sealers.get(epoch) ?? fail(epoch)
  return {
    keyring,
    current: sealer(keyring.epoch),
    sealer,
    wipe: () => {
      for (const one of sealers.values()) one.wipe()
      keyring.wipe()
    }
  }
}

function fail(epoch: number): never {
  throw new SealError('ERR_SEALED_NO_KEY', `keyring: it has no key of epoch ${epoch}`, { details: { field: 'epoch' } })
}
