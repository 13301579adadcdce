// Changes to a keyring: each makes the next one, linked to the one before by its newest key.
import { equalBytes, SealError, UsageError } from '../../core/index.js'
import { allocateLocked, type LockedMemory } from '../../native/index.js'
import type { KeySource } from '../keys/key-source.js'
import { joinSecrets, withSecret } from '../keys/secret-bytes.js'
import { keyBytes } from '../keys/stanza.js'
import {
  buildKeyring,
  createSlot,
  type KeyringPlan,
  type KeyringState,
  type OpenSlot,
  openOldKeys,
  openSlots,
  renewShare
} from './build.js'
import { createEpochKey, sha256 } from './epoch-key.js'
import { maxOldEpochs, maxSlots } from './record.js'

export async function addSlot(state: KeyringState, source: KeySource): Promise<KeyringState> {
  const { record } = state
  if (record.slots.length >= maxSlots) throw wrong(`a keyring has at most ${maxSlots} slots`)
  return change(state, async ({ slots, ...plan }) => {
    const slot = await createSlot(source, state.key, record)
    return { ...plan, slots: [...slots, slot] }
  })
}

export async function removeSlot(state: KeyringState, id: Uint8Array): Promise<KeyringState> {
  const rest = state.record.slots.filter((slot) => !equalBytes(slot.id, id))
  if (rest.length === state.record.slots.length) throw wrong('id: no slot has it')
  if (rest.length === 0) throw wrong('id: the last slot cannot be removed')
  if (!state.record.isUnrecoverable && !rest.some(({ isDurable }) => isDurable)) {
    throw wrong('id: what remains is lost with the hardware; add a durable slot first')
  }
  return beginEpoch(state, (slot) => !equalBytes(slot.record.id, id))
}

export function rotate(state: KeyringState): Promise<KeyringState> {
  return beginEpoch(state, () => true)
}

export async function dropEpochs(state: KeyringState, below: number): Promise<KeyringState> {
  return change(state, async ({ oldEpochs, oldKeys, ...plan }) => {
    const from = oldEpochs.filter((epoch) => epoch < below).length
    return { ...plan, oldEpochs: oldEpochs.slice(from), oldKeys: oldKeys.subarray(from * keyBytes) }
  })
}

/** The same key for the next keyring, in memory of its own. */
async function change(state: KeyringState, edit: (plan: KeyringPlan) => Promise<KeyringPlan>): Promise<KeyringState> {
  const key = await copyKey(state.key)
  return keepKey(key, () => withPlan(state, async (plan) => finish(await edit(plan), key, state)))
}

/** A new key, which those slots get; the one before joins the old ones. */
async function beginEpoch(state: KeyringState, keeps: (slot: OpenSlot) => boolean): Promise<KeyringState> {
  const epoch = state.record.epoch + 1
  if (state.record.oldEpochs.length >= maxOldEpochs || epoch > 0xffff_ffff) {
    throw wrong(`a keyring has at most ${maxOldEpochs} old epochs: drop some, once nothing is sealed under them`)
  }
  const key = await createEpochKey()
  return keepKey(key, () =>
    withPlan(state, async (plan) => {
      const place = { storeId: plan.storeId, epoch }
      const slots = await Promise.all(plan.slots.filter(keeps).map((slot) => renewShare(slot, key, place)))
      return withSecret(state.key.read(), (last) =>
        withSecret(joinSecrets(plan.oldKeys, last), (oldKeys) =>
          finish({ ...plan, epoch, slots, oldEpochs: [...plan.oldEpochs, plan.epoch], oldKeys }, key, state)
        )
      )
    })
  )
}

async function finish(plan: KeyringPlan, key: LockedMemory, { key: predecessor }: KeyringState): Promise<KeyringState> {
  return { ...(await buildKeyring(plan, key, predecessor)), key }
}

/** What a keyring holds, opened, as the start of the next one; wiped afterwards. */
async function withPlan<T>({ record, bytes, key }: KeyringState, use: (plan: KeyringPlan) => Promise<T>): Promise<T> {
  const { suite, isUnrecoverable, storeId, epoch, serial, ownerKey, oldEpochs } = record
  const slots = await openSlots(record, key)
  const oldKeys = await openOldKeys(record, key)
  try {
    if (slots === undefined || oldKeys === undefined) throw changed()
    const next = { suite, isUnrecoverable, storeId, epoch, serial: serial + 1, ownerKey, previous: sha256(bytes) }
    return await use({ ...next, slots, oldEpochs, oldKeys })
  } finally {
    for (const { second } of slots ?? []) second.fill(0)
    oldKeys?.fill(0)
  }
}

/** The key is the new keyring's, unless there is none. */
async function keepKey<T>(key: LockedMemory, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    key.wipe()
    throw error
  }
}

async function copyKey(key: LockedMemory): Promise<LockedMemory> {
  const copy = await allocateLocked(keyBytes)
  await withSecret(key.read(), (bytes) => copy.fill(bytes))
  return copy
}

function changed(): SealError {
  return new SealError('ERR_SEALED_AUTH', 'keyring: secrets of slots or keys of old epochs were changed')
}

function wrong(message: string): UsageError {
  return new UsageError('ERR_USAGE_OPTION', message)
}
