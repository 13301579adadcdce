// Objects that get a new place or a new key: every entry that names one is changed, a few at a time, while others go on writing.
import type { DraftTransaction } from './draft.js'
import { encodeEntry, objectsOf, parseEntry } from './entry.js'
import type { IndexKey } from './index-key.js'
import type { Entry, ObjectRef } from './store.js'
import { walkVersion } from './walk-version.js'
import type { WritableStore } from './writable-store.js'

/** Of ciphertext that is moved within one transaction. */
const batchBytes = 8 << 20

export type Move = (ref: ObjectRef) => Promise<ObjectRef>

/** Answers how many entries were changed. Each object is moved once, however many entries share it. */
export async function moveEntries(
  store: WritableStore,
  isMeant: (ref: ObjectRef) => boolean,
  move: Move,
  onBatch: (entries: number) => void = () => undefined
): Promise<number> {
  const mover = new Mover(store, isMeant, move)
  let batch: IndexKey[] = []
  let [bytes, changed] = [0, 0]
  const finishBatch = async () => {
    changed += await mover.moveAll(batch)
    onBatch(changed)
    batch = []
    bytes = 0
  }
  for await (const [key, value] of walkVersion({ objects: store.objects, version: store.version })) {
    const meant = objectsOf(parseEntry(value)).filter(isMeant)
    if (meant.length === 0) continue
    batch.push(key)
    bytes += meant.reduce((sum, { sealedLength }) => sum + sealedLength, 0)
    if (bytes >= batchBytes || batch.length >= 1000) await finishBatch()
  }
  if (batch.length > 0) await finishBatch()
  return changed
}

class Mover {
  readonly #store: WritableStore
  readonly #isMeant: (ref: ObjectRef) => boolean
  readonly #move: Move
  readonly #moved = new Map<string, ObjectRef>()

  constructor(store: WritableStore, isMeant: (ref: ObjectRef) => boolean, move: Move) {
    this.#store = store
    this.#isMeant = isMeant
    this.#move = move
  }

  /** The objects are moved first: transactions of others wait for nothing but the change of the entries. */
  async moveAll(keys: readonly IndexKey[]): Promise<number> {
    const view = this.#store.openView()
    for (const key of keys) await this.#moveObjects(await view.getValue(key))
    return this.#store.change(async (draft) => {
      let changed = 0
      for (const key of keys) if (await this.#change(draft, key)) changed++
      return changed
    })
  }

  async #moveObjects(value: Uint8Array | undefined): Promise<void> {
    if (value === undefined) return
    for (const ref of objectsOf(parseEntry(value)).filter(this.#isMeant)) {
      const id = `${ref.blob}:${ref.offset}`
      if (!this.#moved.has(id)) this.#moved.set(id, await this.#move(ref))
    }
  }

  /** What somebody else has changed meanwhile is left alone, as far as it names other objects. */
  async #change(draft: DraftTransaction, key: IndexKey): Promise<boolean> {
    const value = await draft.getValue(key)
    const entry = value === undefined ? undefined : parseEntry(value)
    if (entry?.kind !== 'file') return false
    const extents = entry.extents.map((extent) => {
      const object = this.#moved.get(`${extent.object.blob}:${extent.object.offset}`)
      return object === undefined ? extent : { ...extent, object }
    })
    if (extents.every((extent, i) => extent === entry.extents[i])) return false
    const changed: Entry = { ...entry, extents }
    draft.putValue(key, encodeEntry(changed))
    draft.entries.push(changed)
    return true
  }
}
