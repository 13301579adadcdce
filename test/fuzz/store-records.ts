// Records of a sealed store: root, index node, delta, entry. What is accepted must be written again as it was, but for padding.
import { equalBytes } from '../../packages/sdk/src/core/index.js'
import { parseHolder } from '../../packages/sdk/src/seal/backends/directory/holder.js'
import { createObjectSealer } from '../../packages/sdk/src/seal/format/cobblestone/index.js'
import { encodeDelta, parseDelta } from '../../packages/sdk/src/seal/store/delta.js'
import { encodeEntry, parseEntry } from '../../packages/sdk/src/seal/store/entry.js'
import { keyOf } from '../../packages/sdk/src/seal/store/index-key.js'
import { encodeNode, parseNode } from '../../packages/sdk/src/seal/store/index-node.js'
import { encodeRoot, openRoot, parseRootHeader } from '../../packages/sdk/src/seal/store/root-record.js'
import type { Entry, ObjectRef } from '../../packages/sdk/src/seal/store/store.js'
import { require, type Target } from './target.js'

const limitMs = 100
const storeId = new Uint8Array(16).fill(5)

const ref = (n: number): ObjectRef => ({
  objectId: new Uint8Array(16).fill(n),
  generation: BigInt(n),
  epoch: 1,
  blob: n % 2 === 0 ? 'ab'.repeat(16) : 'by-hand',
  offset: 4096 * n,
  sealedLength: 5000
})

const times = { mode: 0o644, atimeMs: 1, mtimeMs: 2.5, ctimeMs: 3, birthtimeMs: 4 }

const entries: readonly Entry[] = [
  {
    kind: 'file',
    inode: 2n,
    ...times,
    size: 9000,
    extents: [
      { at: 0, length: 4000, from: 0, object: ref(1) },
      { at: 5000, length: 4000, from: 10, object: ref(2) }
    ]
  },
  { kind: 'directory', inode: 3n, ...times },
  { kind: 'link', inode: 4n, ...times, target: '../ü' }
]

const nodes = [
  encodeNode({
    level: 0,
    keys: ['a', 'ab', 'b'].map((name) => keyOf(1n, name)),
    values: entries.map(encodeEntry)
  }),
  encodeNode({ level: 1, keys: [keyOf(1n, 'a'), keyOf(9n, 'z')], children: [ref(1), ref(2)] }, 400)
]

const deltas = [
  encodeDelta({ previous: undefined, changes: new Map([[keyOf(1n, 'a'), undefined]]) }),
  encodeDelta({
    previous: ref(2),
    changes: new Map(entries.map((entry, i) => [keyOf(1n, `file ${i}`), encodeEntry(entry)]))
  })
]

export async function storeTargets(): Promise<readonly Target[]> {
  return [
    { name: 'store-entry', seeds: entries.map(encodeEntry), limitMs, run: checkEntry },
    { name: 'store-node', seeds: nodes, limitMs, run: (input) => checkPadded(input, encodeNode(parseNode(input))) },
    { name: 'store-delta', seeds: deltas, limitMs, run: (input) => checkPadded(input, encodeDelta(parseDelta(input))) },
    await rootTarget(),
    { name: 'store-lock', seeds: [new TextEncoder().encode(holder)], limitMs, run: checkHolder }
  ]
}

const holder = '{"host":"machine","pid":7,"startTime":"1","bootId":"b","pidNamespace":"n"}\n'

/** Objects that no extent names are dropped, and equal ones stay apart: an entry may have several encodings. */
function checkEntry(input: Uint8Array): void {
  const entry = parseEntry(input)
  const again = parseEntry(encodeEntry(entry))
  require(JSON.stringify(again, spell) === JSON.stringify(entry, spell), 'an entry survives encoding')
}

function spell(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value
}

function checkPadded(input: Uint8Array, encoded: Uint8Array): void {
  require(equalBytes(input.subarray(0, encoded.length), encoded), 'a record has one encoding')
  require(input.subarray(encoded.length).every((byte) => byte === 0), 'padding is zeros')
}

/** Nothing that was changed may open. */
async function rootTarget(): Promise<Target> {
  const sealer = await createObjectSealer({ key: new Uint8Array(32).fill(8), epoch: 1, storeId })
  const hash = new Uint8Array(32)
  const seed = await encodeRoot(
    {
      ...{ storeId, epoch: 1, sequence: 5n, objectId: new Uint8Array(16).fill(1), keyring: 'ring' },
      ...{
        previousHash: hash,
        index: ref(1),
        delta: ref(2),
        deltaCount: 1,
        deltaBytes: 10,
        nextInode: 9n,
        minEpoch: 1
      },
      ...{ keyringHash: hash, writerId: new Uint8Array(16), savedAtMs: 1 }
    },
    'cobblestone-256',
    sealer
  )
  return {
    name: 'store-root',
    seeds: [seed],
    limitMs,
    run: async (input) => {
      await openRoot(input, parseRootHeader(input, 'cobblestone-256'), sealer)
      require(equalBytes(input, seed), 'only the genuine root opens')
    }
  }
}

function checkHolder(input: Uint8Array): void {
  const found = parseHolder(input)
  if (found === undefined) return
  require(Number.isSafeInteger(found.pid) && found.pid > 0, 'a process has a number')
  require([...Object.values(found)].every((value) => String(value).length <= 255), 'a holder is short')
}
