// Rotation: a new keyring takes the place of the old one, and everything that is sealed with older keys is sealed anew, after which it is refused.

import { crypto } from '#crypto'
import { toHex, UnavailableError } from '../../core/index.js'
import type { Keyring } from '../keyring/keyring.js'
import { objectsOf, parseEntry } from './entry.js'
import { moveEntries } from './move-entries.js'
import type { ObjectRef } from './store.js'
import { loadKeys } from './store-keys.js'
import { walkVersion } from './walk-version.js'
import type { WritableStore } from './writable-store.js'

export interface RekeyProgress {
  /** Entries that were sealed anew in this run. */
  readonly entries: number
  readonly bytes: number
}

export interface RekeyOptions {
  readonly onProgress?: (progress: RekeyProgress) => void
  readonly signal?: AbortSignal
}

/** The keyring from now on; its newest key seals what is new. Durable when it resolves. */
export async function replaceKeyring(store: WritableStore, keyring: Keyring): Promise<void> {
  store.assertWritable()
  const name = toHex(crypto.randomBytes(16))
  await store.objects.backend.writeKeyring(name, keyring.bytes())
  const keys = await loadKeys(keyring)
  await store.change(() => undefined, { keyring: { name, keys } })
}

/**
 * Seals everything with the newest key and then refuses objects of older epochs. Others may write meanwhile. What was done stays done when
 * it is interrupted: the next call goes on.
 */
export async function rekeyStore(store: WritableStore, options: RekeyOptions = {}): Promise<RekeyProgress> {
  const { current } = store.objects.keys
  const isOld = ({ epoch }: ObjectRef) => epoch < current.epoch
  const progress = { entries: 0, bytes: 0 }
  do {
    await moveEntries(
      store,
      isOld,
      (ref) => sealAnew(store, ref, progress, options.signal),
      (entries) => {
        progress.entries = entries
        options.onProgress?.({ ...progress })
      }
    )
  } while (!(await giveUpOldEpochs(store, isOld, current.epoch)))
  return progress
}

async function sealAnew(
  store: WritableStore,
  ref: ObjectRef,
  progress: { bytes: number },
  signal: AbortSignal | undefined
): Promise<ObjectRef> {
  if (signal?.aborted) throw new UnavailableError('ERR_ABORTED', 'rekey: it was stopped; call it again to go on')
  const writer = store.writeContent()
  try {
    progress.bytes += await store.objects.openContent(ref, (piece) => writer.write(piece))
    return await writer.finish()
  } catch (error) {
    await writer.discard()
    throw error
  }
}

/** In one turn, so that nobody can name an old object between the last look and the root that refuses it. False: somebody just did. */
async function giveUpOldEpochs(
  store: WritableStore,
  isOld: (ref: ObjectRef) => boolean,
  minEpoch: number
): Promise<boolean> {
  return store.changeAlone(async () => {
    for await (const [, value] of walkVersion({ objects: store.objects, version: store.version })) {
      if (objectsOf(parseEntry(value)).some(isOld)) return undefined
    }
    return { mustRewrite: isOld, minEpoch }
  })
}
