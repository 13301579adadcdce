// Opens a keyring with the first source that has a slot in it.
import { equalBytes, SealError, UnavailableError } from '../../core/index.js'
import type { LockedMemory } from '../../native/index.js'
import { handoffKind, tokenOf } from '../keys/handoff.js'
import type { KeySource } from '../keys/key-source.js'
import { withSecret } from '../keys/secret-bytes.js'
import { keyBytes } from '../keys/stanza.js'
import { refused, verifyUpgradeToken } from '../keys/upgrade-token.js'
import { openOldKeys } from './build.js'
import { commitmentOf, importEpochKey, isMacOf } from './epoch-key.js'
import type { Keyring, OpenKeyringOptions } from './keyring.js'
import { createOpenedKeyring } from './opened-keyring.js'
import { expectOpenOptions } from './options.js'
import { hashBytes, type KeyringRecord, parseKeyring, type SlotRecord } from './record.js'
import { openShare, slotPublicKey } from './slot-secret.js'

/**
 * Nothing in the bytes is believed before their MAC has been checked with the key that they led to.
 * @throws UsageError ERR_USAGE_OPTION
 * @throws SealError ERR_SEALED_FORMAT, ERR_SEALED_SUITE, ERR_SEALED_AUTH; ERR_SEALED_KEY or ERR_SEALED_TOKEN where a slot is for a given
 * source and does not open; ERR_SEALED_NO_KEY where none is
 * @throws UnavailableError where a source cannot be asked and no other opens
 */
export async function openKeyring(bytes: Uint8Array, options: OpenKeyringOptions): Promise<Keyring> {
  const { storeId, suite, keys } = expectOpenOptions(options)
  const own = new Uint8Array(bytes)
  const record = parseKeyring(own, suite)
  if (!equalBytes(record.storeId, storeId)) throw changed('it is of another store')
  const { key, slot } = await findKey(record, keys)
  try {
    await assertIntact(record, own, key)
    if (slot.stanza.kind === handoffKind) await assertHandedOver(record, slot, key)
    return createOpenedKeyring({ record, bytes: own, key })
  } catch (error) {
    key.wipe()
    throw error
  }
}

interface FoundKey {
  readonly key: LockedMemory
  readonly slot: SlotRecord
}

/** A source that fails does not keep the next one from trying. */
async function findKey(record: KeyringRecord, sources: readonly KeySource[]): Promise<FoundKey> {
  const failures: (SealError | UnavailableError)[] = []
  for (const source of sources) {
    for (const slot of record.slots) {
      const key = await tryToOpen(record, source, slot, failures)
      if (key !== undefined) return { key, slot }
    }
  }
  throw explainFailures(failures)
}

async function tryToOpen(
  record: KeyringRecord,
  source: KeySource,
  slot: SlotRecord,
  failures: (SealError | UnavailableError)[]
): Promise<LockedMemory | undefined> {
  try {
    const seed = await source.unwrap(slot.stanza, { storeId: record.storeId, epoch: slot.addedIn })
    return await withSecret(seed, (secret) => (secret === undefined ? undefined : openSlot(record, slot, secret)))
  } catch (error) {
    if (!(error instanceof SealError || error instanceof UnavailableError)) throw error
    failures.push(error)
    return undefined
  }
}

async function openSlot(record: KeyringRecord, slot: SlotRecord, seed: Uint8Array): Promise<LockedMemory> {
  if (!equalBytes(await slotPublicKey(seed), slot.publicKey)) throw changed('the public key of a slot was changed')
  const name = { storeId: record.storeId, slotId: slot.id, epoch: record.epoch }
  return withSecret(await openShare(seed, slot.share, name), (key) => {
    if (key === undefined) throw changed('the share of a slot was changed')
    return importEpochKey(key)
  })
}

async function assertIntact(record: KeyringRecord, bytes: Uint8Array, key: LockedMemory): Promise<void> {
  const isIntact = await isMacOf(key, 'keyring mac', bytes.subarray(0, -hashBytes), record.mac)
  if (!isIntact || !equalBytes(await commitmentOf(key), record.commitment)) throw changed('its MAC does not verify')
}

/** Everybody can seal to the key of an image: that it is this store that was handed over, only its key of that epoch proves. */
async function assertHandedOver(record: KeyringRecord, slot: SlotRecord, key: LockedMemory): Promise<void> {
  const token = verifyUpgradeToken(tokenOf(slot.stanza), record.ownerKey, record.storeId)
  const commitment = slot.addedIn === record.epoch ? record.commitment : await oldCommitment(record, slot.addedIn, key)
  if (commitment === undefined)
    throw refused('its epoch has been dropped; the hand-off should have been completed before')
  if (!equalBytes(commitment, token.commitment)) throw refused('what was handed over is another store')
}

async function oldCommitment(record: KeyringRecord, epoch: number, key: LockedMemory): Promise<Uint8Array | undefined> {
  const at = record.oldEpochs.indexOf(epoch)
  if (at < 0) return undefined
  return withSecret(await openOldKeys(record, key), async (keys) => {
    if (keys === undefined) throw changed('the keys of old epochs were changed')
    const old = await importEpochKey(keys.subarray(at * keyBytes, at * keyBytes + keyBytes))
    return commitmentOf(old).finally(() => old.wipe())
  })
}

/** What can be mended comes first: a device that is away; then a slot that is for us and does not open. */
function explainFailures(failures: readonly (SealError | UnavailableError)[]): SealError | UnavailableError {
  const failure = failures.find((error) => error instanceof UnavailableError) ?? failures[0]
  if (failure !== undefined) return failure
  return new SealError('ERR_SEALED_NO_KEY', 'keyring: none of the given key sources has a slot in it')
}

function changed(reason: string): SealError {
  return new SealError('ERR_SEALED_AUTH', `keyring: ${reason}`)
}
