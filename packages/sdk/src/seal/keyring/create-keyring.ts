// The first keyring of a store.

import type { LockedMemory } from '../../native/index.js'
import { buildKeyring, createSlot, type OpenSlot } from './build.js'
import { createEpochKey } from './epoch-key.js'
import type { CreateKeyringOptions, Keyring } from './keyring.js'
import { createOpenedKeyring } from './opened-keyring.js'
import { type CheckedOptions, expectCreateOptions } from './options.js'
import { hashBytes } from './record.js'

const firstEpoch = 1

/**
 * Makes the key of the first epoch and a slot for each source.
 * @throws UsageError ERR_USAGE_OPTION, also for sources that are all lost with the hardware
 * @throws UnavailableError of a source that cannot wrap now
 */
export async function createKeyring(options: CreateKeyringOptions): Promise<Keyring> {
  const { isUnrecoverable, ownerKey, ...common } = expectCreateOptions(options)
  const { storeId, suite } = common
  const key = await createEpochKey()
  const slots: OpenSlot[] = []
  try {
    await createSlots(common, key, slots)
    const previous = new Uint8Array(hashBytes)
    const head = { suite, isUnrecoverable, storeId, epoch: firstEpoch, serial: 1, previous, ownerKey }
    const plan = { ...head, slots, oldEpochs: [], oldKeys: new Uint8Array(0) }
    return createOpenedKeyring({ ...(await buildKeyring(plan, key, undefined)), key })
  } catch (error) {
    key.wipe()
    throw error
  } finally {
    for (const { second } of slots) second.fill(0)
  }
}

/** One after the other: devices take one request at a time. */
async function createSlots({ keys, storeId }: CheckedOptions, key: LockedMemory, slots: OpenSlot[]): Promise<void> {
  for (const source of keys) slots.push(await createSlot(source, key, { storeId, epoch: firstEpoch }))
}
