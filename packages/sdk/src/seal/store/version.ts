// A committed version in memory: its root, and the changes that are not in its index yet.
import { SealError } from '../../core/index.js'
import { type Delta, parseDelta } from './delta.js'
import type { Objects } from './objects.js'
import { Overlay } from './overlay.js'
import type { RootRecord } from './root-record.js'
import type { FoundRoot } from './roots.js'
import type { ObjectRef } from './store.js'
import type { ViewSource } from './view.js'

export interface Version {
  readonly root: RootRecord
  readonly rootHash: Uint8Array
  readonly slot: 0 | 1
  readonly overlay: Overlay
  /** Of the last change in `overlay` that belongs to it. */
  readonly tick: number
}

/** More than a writer ever leaves. */
const maxDeltas = 4096

/** @throws SealError */
export async function loadVersion(found: FoundRoot, objects: Objects): Promise<Version> {
  const { root, hash, slot } = found
  const deltas = await loadDeltas(root, objects)
  const overlay = new Overlay()
  deltas.reverse().forEach(({ changes }, i) => {
    overlay.apply(i + 1, changes)
  })
  return { root, rootHash: hash, slot, overlay, tick: deltas.length }
}

export function sourceOf({ root, overlay, tick }: Version): ViewSource {
  return { sequence: root.sequence, index: root.index, layers: [overlay.at(tick)] }
}

/** The newest first. Each was made by an earlier commit than the one that names it. */
async function loadDeltas(root: RootRecord, objects: Objects): Promise<Delta[]> {
  if (root.deltaCount > maxDeltas) throw malformed(`expected at most ${maxDeltas} deltas, found ${root.deltaCount}`)
  const deltas: Delta[] = []
  let next: ObjectRef | undefined = root.delta
  let before = root.sequence + 1n
  while (next !== undefined) {
    if (next.generation >= before || deltas.length === root.deltaCount) throw malformed('deltas are out of order')
    before = next.generation
    const delta: Delta = parseDelta(await objects.openWhole('delta', next))
    deltas.push(delta)
    next = delta.previous
  }
  if (deltas.length !== root.deltaCount) throw malformed(`expected ${root.deltaCount} deltas, found ${deltas.length}`)
  return deltas
}

function malformed(message: string): SealError {
  return new SealError('ERR_SEALED_FORMAT', `root record: ${message}`, { details: { field: 'delta' } })
}
