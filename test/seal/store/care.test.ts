// Garbage collection, scrubbing and rotation.
import { describe, expect, it } from 'vitest'
import type { Backend } from '../../../packages/sdk/src/seal/backends/backend.js'
import { memory } from '../../../packages/sdk/src/seal/backends/memory/index.js'
import { collectGarbage } from '../../../packages/sdk/src/seal/store/collect.js'
import { rekeyStore, replaceKeyring } from '../../../packages/sdk/src/seal/store/rekey.js'
import { verifyStore } from '../../../packages/sdk/src/seal/store/verify-store.js'
import { codeOfAsync } from '../../support/coded.js'
import { directoryPlace } from '../backends/places.js'
import {
  content,
  directoryEntry,
  fileEntry,
  fresh,
  holds,
  namesOf,
  open,
  openForReading,
  pattern,
  readFile,
  writeFile
} from './fixture.js'

const large = 1_500_000

async function blobsOf(backend: Backend): Promise<Map<string, number>> {
  const blobs = new Map<string, number>()
  for await (const { blob, bytes } of backend.list()) blobs.set(blob, bytes)
  return blobs
}

/** One more segment: the one that is being written to is spared. */
async function reopen(backend: Backend, store: { close(): Promise<void> }) {
  await store.close()
  return open(backend)
}

describe('garbage collection', () => {
  it('removes what no entry names, and nothing else', async () => {
    const backend = memory()
    let store = await fresh(backend)
    await writeFile(store, 'kept', pattern(large, 1))
    await writeFile(store, 'gone', pattern(large, 2))
    await store.transaction((transaction) => transaction.remove(1n, 'gone'))
    store = await reopen(backend, store)
    const before = await blobsOf(backend)
    const collected = await collectGarbage(store, { graceMs: 0 })
    expect(collected.removed).toBeGreaterThan(0)
    expect(collected.removedBytes).toBeGreaterThan(large)
    expect((await blobsOf(backend)).size).toBeLessThan(before.size)
    store = await reopen(backend, store)
    expect(await holds(await store.view(), 'kept', pattern(large, 1))).toBe(true)
    expect(await namesOf(await store.view())).toEqual(['kept'])
    expect((await verifyStore(store)).problems).toEqual([])
    await store.close()
  })

  it('waits for readers, also across a restart', async () => {
    const backend = memory()
    let store = await fresh(backend)
    await writeFile(store, 'gone', pattern(large, 2))
    const reader = await openForReading(backend)
    const old = await reader.view()
    await store.transaction((transaction) => transaction.remove(1n, 'gone'))
    const at = (minutes: number) => ({ now: () => new Date(minutes * 60_000) })
    expect(await collectGarbage(store, at(0))).toMatchObject({ removed: 0, waiting: 1 })
    store = await reopen(backend, store)
    expect(await collectGarbage(store, at(9))).toMatchObject({ removed: 0 })
    expect(await holds(old, 'gone', pattern(large, 2))).toBe(true)
    expect((await collectGarbage(store, at(10))).removed).toBeGreaterThan(0)
    expect(await codeOfAsync(async () => readFile(old, 'gone'))).toBe('ERR_SEALED_MISSING')
    await reader.close()
    await store.close()
  })

  it('spares what is being written and what no entry has yet', async () => {
    const backend = memory()
    const store = await fresh(backend)
    const object = await content(store, pattern(large, 3))
    const writer = store.writeContent()
    await writer.write(pattern(large, 4))
    await collectGarbage(store, { graceMs: 0 })
    await writer.write(pattern(10, 5))
    const other = await writer.finish()
    await store.transaction((transaction) => {
      for (const [name, one, size] of [
        ['a', object, large],
        ['b', other, large + 10]
      ] as const) {
        const extents = [{ at: 0, length: size, from: 0, object: one }]
        transaction.put(1n, name, fileEntry(transaction.createInode(), size, extents))
      }
    })
    await collectGarbage(store, { graceMs: 0 })
    expect(await holds(await store.view(), 'a', pattern(large, 3))).toBe(true)
    expect((await verifyStore(store)).problems).toEqual([])
    await store.close()
  })

  it('refuses an entry out of an old view when its object is gone', async () => {
    const backend = memory()
    const store = await fresh(backend)
    await writeFile(store, 'a', pattern(large, 1))
    const entry = await (await store.view()).get(1n, 'a')
    await store.transaction((transaction) => transaction.remove(1n, 'a'))
    await collectGarbage(store, { graceMs: 0 })
    if (entry === undefined) throw new Error('no entry')
    const putting = () => store.transaction((transaction) => transaction.put(1n, 'again', entry))
    expect(await codeOfAsync(putting)).toBe('ERR_SEALED_MISSING')
    await store.close()
  })

  it('empties segments that are mostly garbage, and moves the index with them', async () => {
    const place = await directoryPlace()
    const backend = place.open()
    let store = await fresh(backend)
    for (let i = 0; i < 40; i++) await writeFile(store, `file ${i}`, pattern(50_000, i))
    store = await reopen(backend, store)
    await store.transaction((transaction) => {
      for (let i = 0; i < 40; i++) if (i % 10 !== 0) transaction.remove(1n, `file ${i}`)
    })
    store = await reopen(backend, store)
    const before = [...(await blobsOf(backend)).values()].reduce((sum, bytes) => sum + bytes, 0)
    const first = await collectGarbage(store, { graceMs: 0 })
    expect(first.moved).toBe(4)
    store = await reopen(backend, store)
    await collectGarbage(store, { graceMs: 0 })
    const after = [...(await blobsOf(backend)).values()].reduce((sum, bytes) => sum + bytes, 0)
    expect(after).toBeLessThan(before / 4)
    for (const i of [0, 10, 20, 30]) expect(await holds(await store.view(), `file ${i}`, pattern(50_000, i))).toBe(true)
    expect((await verifyStore(store)).problems).toEqual([])
    await store.close()
    await place.remove()
  })
})

describe('scrubbing', () => {
  it('counts everything once', async () => {
    const backend = memory()
    const store = await fresh(backend)
    await writeFile(store, 'a', pattern(large, 1))
    const entry = await (await store.view()).get(1n, 'a')
    await store.transaction((transaction) => {
      transaction.put(1n, 'directory', directoryEntry(5n))
      if (entry !== undefined) transaction.put(5n, 'copy', entry)
    })
    const verified = await verifyStore(store)
    expect(verified).toMatchObject({ entries: 3, bytes: large, problems: [] })
    await store.close()
  })

  it('lists damaged files by their path, and goes on', async () => {
    const backend = memory()
    const store = await fresh(backend)
    await store.transaction((transaction) => transaction.put(1n, 'folder', directoryEntry(7n)))
    await writeFile(store, 'bad', pattern(large, 1), 7n)
    await writeFile(store, 'good', pattern(large, 2), 7n)
    const entry = await (await store.view()).get(7n, 'bad')
    const blob = entry?.kind === 'file' ? entry.extents[0]?.object.blob : undefined
    await backend.remove(blob ?? '')
    const { problems, entries } = await verifyStore(store)
    expect(entries).toBe(3)
    expect(problems).toMatchObject([{ path: '/folder/bad', code: 'ERR_SEALED_MISSING' }])
    await store.close()
  })
})

describe('rotation', () => {
  it('seals everything anew and refuses the old epoch from then on', async () => {
    const backend = memory()
    let store = await fresh(backend)
    for (let i = 0; i < 20; i++) await writeFile(store, `file ${i}`, pattern(30_000 * i, i))
    await writeFile(store, 'large', pattern(3_000_000, 99))
    const old = await (await store.view()).get(1n, 'file 3')
    await replaceKeyring(store, await store.objects.keys.keyring.rotate())
    const seen: number[] = []
    const progress = await rekeyStore(store, { onProgress: ({ entries }) => seen.push(entries) })
    expect(progress.entries).toBe(21)
    expect(seen.at(-1)).toBe(21)
    expect(store.version.root).toMatchObject({ epoch: 2, minEpoch: 2 })
    if (old === undefined) throw new Error('no entry')
    const putting = () => store.transaction((transaction) => transaction.put(1n, 'again', old))
    expect(await codeOfAsync(putting)).toBe('ERR_SEALED_MISSING')
    await replaceKeyring(store, await store.objects.keys.keyring.dropEpochs(2))
    store = await reopen(backend, store)
    expect(store.objects.keys.keyring.epochs).toEqual([2])
    for (let i = 0; i < 20; i++) expect(await holds(await store.view(), `file ${i}`, pattern(30_000 * i, i))).toBe(true)
    expect((await verifyStore(store)).problems).toEqual([])
    await store.close()
  })

  it('goes on where it was stopped', async () => {
    const backend = memory()
    let store = await fresh(backend)
    for (let i = 0; i < 30; i++) await writeFile(store, `file ${i}`, pattern(900_000, i))
    await replaceKeyring(store, await store.objects.keys.keyring.rotate())
    const controller = new AbortController()
    const stopped = rekeyStore(store, { signal: controller.signal, onProgress: () => controller.abort() })
    expect(await codeOfAsync(() => stopped)).toBe('ERR_ABORTED')
    store = await reopen(backend, store)
    const rest = await rekeyStore(store)
    expect(rest.entries).toBeGreaterThan(0)
    expect(rest.entries).toBeLessThan(30)
    expect((await verifyStore(store)).problems).toEqual([])
    expect(store.version.root.minEpoch).toBe(2)
    await store.close()
  })

  it('goes on beside writers and readers', async () => {
    const backend = memory()
    const store = await fresh(backend)
    for (let i = 0; i < 20; i++) await writeFile(store, `file ${i}`, pattern(700_000, i))
    const reader = await openForReading(backend)
    await replaceKeyring(store, await store.objects.keys.keyring.rotate())
    const writing = (async () => {
      for (let i = 0; i < 40; i++) await writeFile(store, `file ${i % 25}`, pattern(1000 + i, 100 + i))
    })()
    await Promise.all([rekeyStore(store), writing])
    expect(await holds(await reader.view(), 'file 14', pattern(1039, 139))).toBe(true)
    expect((await verifyStore(reader)).problems).toEqual([])
    await reader.close()
    await store.close()
  })
})
