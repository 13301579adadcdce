// What is measured, by group. Each job runs in a process of its own: what the compiler learns from one must not change another.
import { bundleSizeRows } from './bundle-size.js'
import type { Row } from './row.js'
import { aeadRows } from './seal-aead.js'
import { ageRows } from './seal-age.js'
import { readRows, replaceRows, batchRows as storeBatchRows, writeRows } from './seal-store.js'
import { importRow } from './startup.js'
import { tdxSpeedRows } from './tdx-speed.js'
import { batchRows } from './tls-batch.js'
import { handshakeRows } from './tls-handshake.js'
import { memoryRows } from './tls-memory.js'
import { steadyRows } from './tls-steady.js'
import { knownRows, newRows, peerRows, shippedRows } from './verify-speed.js'

/** Notes are for people; they do not disturb whoever reads the rows. */
export type Note = (line: string) => void

export type Job = (note: Note) => Promise<readonly Row[]>

/** A group without jobs has nothing that could be measured yet. */
export const groups: Readonly<Record<string, Readonly<Record<string, Job>>>> = {
  verify: {
    known: knownRows,
    shipped: shippedRows,
    new: newRows,
    peer: peerRows,
    tdx: tdxSpeedRows,
    import: async () => [importRow('@tresor/sdk/verify', 'import of /verify over an empty process, ms', 30)],
    bundle: bundleSizeRows
  },
  tls: { handshake: handshakeRows, steady: steadyRows, batch: batchRows, memory: memoryRows },
  seal: {
    aead: aeadRows,
    age: ageRows,
    replace: replaceRows,
    batch: storeBatchRows,
    write: writeRows,
    read: readRows
  },
  broker: {},
  runtime: {}
}
