// Makes the bytes of a keyring: first, or next after another.

import { crypto } from '#crypto'
import { concatBytes, UsageError } from '../../core/index.js'
import type { LockedMemory } from '../../native/index.js'
import type { KeySource } from '../keys/key-source.js'
import { joinSecrets, randomSecret, withSecret } from '../keys/secret-bytes.js'
import { keyBytes, kindPattern, maxBodyBytes, maxParameterBytes } from '../keys/stanza.js'
import { commitmentOf, macOf, unwrapTable, wrapTable } from './epoch-key.js'
import { encodeBody, hashBytes, type KeyringBody, type KeyringRecord, type SlotRecord } from './record.js'
import { sealShare, slotPublicKey, slotSecondSecret } from './slot-secret.js'

/** What a change starts from, and what comes of it. */
export interface KeyringState {
  readonly record: KeyringRecord
  readonly bytes: Uint8Array
  /** The newest epoch's. */
  readonly key: LockedMemory
}

/** A slot in the making. The second secret is wiped by whoever made the list. */
export interface OpenSlot {
  readonly record: SlotRecord
  readonly second: Uint8Array
}

/** All of a keyring but what is computed from the newest key. */
export type KeyringPlan = Pick<
  KeyringBody,
  'suite' | 'isUnrecoverable' | 'storeId' | 'epoch' | 'serial' | 'previous' | 'ownerKey'
> & {
  readonly slots: readonly OpenSlot[]
  readonly oldEpochs: readonly number[]
  /** Their keys, one after the other. */
  readonly oldKeys: Uint8Array
}

/** `predecessor`: the newest key of the keyring before; absent for the first. */
export async function buildKeyring(
  plan: KeyringPlan,
  key: LockedMemory,
  predecessor: LockedMemory | undefined
): Promise<{ readonly record: KeyringRecord; readonly bytes: Uint8Array }> {
  const { slots, oldEpochs, oldKeys, ...head } = plan
  const records = slots.map(({ record }) => record)
  const body: KeyringBody = {
    ...head,
    commitment: await commitmentOf(key),
    slots: records,
    slotSecrets: await withSecret(joinSecrets(...slots.map(({ second }) => second)), (table) =>
      wrapTable(key, 'slot secrets', table, slotOwners(head.storeId, records))
    ),
    oldEpochs,
    oldKeys: await wrapOldKeys(key, head.storeId, oldEpochs, oldKeys)
  }
  const bodyBytes = encodeBody(body)
  const link = predecessor === undefined ? new Uint8Array(hashBytes) : await macOf(predecessor, 'successor', bodyBytes)
  const linked = concatBytes(bodyBytes, link)
  const mac = await macOf(key, 'keyring mac', linked)
  return { record: { ...body, link, mac }, bytes: concatBytes(linked, mac) }
}

/** Asks `source` to wrap the secret of a new slot, and gives the slot the newest key. */
export async function createSlot(
  source: KeySource,
  key: LockedMemory,
  { storeId, epoch }: { readonly storeId: Uint8Array; readonly epoch: number }
): Promise<OpenSlot> {
  const id = crypto.randomBytes(16)
  return withSecret(randomSecret(keyBytes), async (seed) => {
    const stanza = await source.wrap(seed, { storeId, epoch })
    assertStanza(stanza, source)
    const publicKey = await slotPublicKey(seed)
    const second = await slotSecondSecret(seed)
    const share = await sealShare({ publicKey, second }, key, { storeId, slotId: id, epoch })
    return {
      record: { id, addedIn: epoch, isDurable: source.survival === 'durable', stanza, publicKey, share },
      second
    }
  })
}

/** The same slot with the key of another epoch. */
export async function renewShare(
  { record, second }: OpenSlot,
  key: LockedMemory,
  { storeId, epoch }: { readonly storeId: Uint8Array; readonly epoch: number }
): Promise<OpenSlot> {
  const name = { storeId, slotId: record.id, epoch }
  return { record: { ...record, share: await sealShare({ publicKey: record.publicKey, second }, key, name) }, second }
}

/** `undefined` where it was changed. The caller wipes the second secrets. */
export async function openSlots(record: KeyringRecord, key: LockedMemory): Promise<readonly OpenSlot[] | undefined> {
  const table = await unwrapTable(key, 'slot secrets', record.slotSecrets, slotOwners(record.storeId, record.slots))
  return withSecret(table, (secrets) =>
    secrets === undefined
      ? undefined
      : record.slots.map((slot, i) => ({ record: slot, second: joinSecrets(secrets.subarray(i * 32, i * 32 + 32)) }))
  )
}

/** Keys of the old epochs, one after the other; `undefined` where they were changed. The caller wipes them. */
export async function openOldKeys(record: KeyringRecord, key: LockedMemory): Promise<Uint8Array | undefined> {
  if (record.oldEpochs.length === 0) return new Uint8Array(0)
  return unwrapTable(key, 'old keys', record.oldKeys, epochOwners(record.storeId, record.oldEpochs))
}

async function wrapOldKeys(
  key: LockedMemory,
  storeId: Uint8Array,
  epochs: readonly number[],
  keys: Uint8Array
): Promise<Uint8Array> {
  return epochs.length === 0 ? new Uint8Array(0) : wrapTable(key, 'old keys', keys, epochOwners(storeId, epochs))
}

/** Each key of a table belongs to a place: to the store and this slot, … */
function slotOwners(storeId: Uint8Array, slots: readonly SlotRecord[]): readonly Uint8Array[] {
  return [storeId, ...slots.map(({ id }) => id)]
}

/** … or this epoch. */
function epochOwners(storeId: Uint8Array, epochs: readonly number[]): readonly Uint8Array[] {
  return [storeId, ...epochs.map((epoch) => Uint8Array.of(epoch >>> 24, epoch >>> 16, epoch >>> 8, epoch))]
}

/** What a source gives is stored for good: it must be readable later. */
function assertStanza({ kind, parameters, body }: SlotRecord['stanza'], source: KeySource): void {
  const isSound =
    kind === source.kind &&
    kindPattern.test(kind) &&
    parameters instanceof Uint8Array &&
    parameters.length <= maxParameterBytes &&
    body instanceof Uint8Array &&
    body.length <= maxBodyBytes
  if (!isSound)
    throw new UsageError('ERR_USAGE_OPTION', 'key source: its slot is too large, or of another kind than its own')
}
