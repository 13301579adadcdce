import { describe, expect, it } from 'vitest'
import { memory } from '../../../packages/sdk/src/seal/backends/memory/index.js'
import { codeOfAsync } from '../../support/coded.js'
import { seeded } from '../../support/seeded.js'
import {
  content,
  create,
  fileEntry,
  fresh,
  namesOf,
  open,
  openForReading,
  pattern,
  readFile,
  writeFile
} from './fixture.js'

describe('a store', () => {
  it('gives back what was written, also after it is opened anew', async () => {
    const backend = memory()
    const store = await fresh(backend)
    await writeFile(store, 'small', pattern(1000))
    await writeFile(store, 'middle', pattern(300_000))
    await writeFile(store, 'large', pattern(3_000_001))
    await writeFile(store, 'empty', pattern(0))
    await store.close()
    const again = await open(backend)
    const view = await again.view()
    expect(await namesOf(view)).toEqual(['empty', 'large', 'middle', 'small'])
    for (const [name, length] of [
      ['small', 1000],
      ['middle', 300_000],
      ['large', 3_000_001],
      ['empty', 0]
    ] as const) {
      expect(Buffer.compare((await readFile(view, name)) ?? Buffer.from('none'), pattern(length))).toBe(0)
    }
    await again.close()
  })

  it('keeps a view as it was', async () => {
    const store = await fresh(memory())
    await writeFile(store, 'a', pattern(10, 1))
    const before = await store.view()
    await writeFile(store, 'a', pattern(20, 2))
    await writeFile(store, 'b', pattern(10, 3))
    expect(await namesOf(before)).toEqual(['a'])
    expect(await readFile(before, 'a')).toEqual(pattern(10, 1))
    expect(await readFile(await store.view(), 'a')).toEqual(pattern(20, 2))
    await store.close()
  })

  it('does nothing of a transaction that throws', async () => {
    const store = await fresh(memory())
    const failing = store.transaction(async (transaction) => {
      transaction.put(1n, 'a', fileEntry(transaction.createInode(), 0))
      throw new Error('no')
    })
    await expect(failing).rejects.toThrow('no')
    expect(await namesOf(await store.view())).toEqual([])
    await store.close()
  })

  it('shows a transaction its own changes, and others only when they are durable', async () => {
    const store = await fresh(memory())
    await writeFile(store, 'old', pattern(5))
    await store.transaction(async (transaction) => {
      transaction.put(1n, 'new', fileEntry(transaction.createInode(), 0))
      transaction.remove(1n, 'old')
      expect(await namesOf(transaction)).toEqual(['new'])
      expect(await transaction.get(1n, 'old')).toBeUndefined()
      expect(await namesOf(await store.view())).toEqual(['old'])
    })
    expect(await namesOf(await store.view())).toEqual(['new'])
    await store.close()
  })

  it('agrees with a map on seeded changes through many merges, in small and in large transactions', async () => {
    const backend = memory()
    let store = await fresh(backend)
    const random = seeded(7)
    const truth = new Map<string, number>()
    for (let round = 0; round < 400; round++) {
      const changes = random() < 0.02 ? 4000 : Math.floor(random() * 12)
      await store.transaction((transaction) => {
        for (let i = 0; i < changes; i++) {
          const directory = 1n + BigInt(Math.floor(random() * 3))
          const name = `file ${Math.floor(random() * 6000)} ü`
          const key = `${directory}/${name}`
          if (random() < 0.4) {
            transaction.remove(directory, name)
            truth.delete(key)
          } else {
            const size = Math.floor(random() * 1e9)
            transaction.put(directory, name, fileEntry(transaction.createInode(), size))
            truth.set(key, size)
          }
        }
      })
      if (round % 80 === 79) {
        await store.close()
        store = await open(backend)
      }
    }
    const found = new Map<string, number>()
    const view = await store.view()
    for (const directory of [1n, 2n, 3n]) {
      const names: string[] = []
      for await (const [name, entry] of view.list(directory)) {
        if (entry.kind === 'file') found.set(`${directory}/${name}`, entry.size)
        names.push(name)
      }
      expect(names).toEqual(names.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))))
      const middle = names[Math.floor(names.length / 2)] ?? ''
      expect(await namesOf(view, directory, middle)).toEqual(names.slice(names.indexOf(middle) + 1))
    }
    expect(found).toEqual(truth)
    await store.close()
  })

  it('commits together what comes together', async () => {
    const store = await fresh(memory())
    const before = (await store.view()).sequence
    await Promise.all(Array.from({ length: 200 }, (_, i) => writeFile(store, `file ${i}`, pattern(100))))
    const view = await store.view()
    expect(Number(view.sequence - before)).toBeLessThan(100)
    expect(await namesOf(view)).toHaveLength(200)
    await store.close()
  })

  it('shows readers the newest version on each view', async () => {
    const backend = memory()
    const store = await fresh(backend)
    const reader = await openForReading(backend)
    expect(await namesOf(await reader.view())).toEqual([])
    await writeFile(store, 'a', pattern(100))
    const view = await reader.view()
    expect(await readFile(view, 'a')).toEqual(pattern(100))
    await store.transaction((transaction) => transaction.remove(1n, 'a'))
    expect(await namesOf(view)).toEqual(['a'])
    expect(await namesOf(await reader.view())).toEqual([])
    expect(await codeOfAsync(() => reader.transaction())).toBe('ERR_USAGE_STORE')
    await store.close()
    await reader.close()
  })

  it('is made once, opened where it is, and written by one', async () => {
    const backend = memory()
    expect(await codeOfAsync(() => open(backend))).toBe('ERR_USAGE_STORE')
    const store = await fresh(backend)
    expect(await codeOfAsync(() => create(backend))).toBe('ERR_USAGE_STORE')
    expect(await codeOfAsync(() => open(backend))).toBe('ERR_STORE_LOCKED')
    await store.close()
    expect(await codeOfAsync(() => store.view())).toBe('ERR_STORE_CLOSED')
    await (await open(backend)).close()
  })

  it('discards contents without a trace', async () => {
    const backend = memory()
    const store = await fresh(backend)
    const writer = store.writeContent()
    await writer.write(pattern(2_000_000))
    await writer.discard()
    const blobs: string[] = []
    for await (const { blob } of backend.list()) blobs.push(blob)
    expect(blobs).toEqual([])
    expect(await codeOfAsync(() => writer.finish())).toBe('ERR_STORE_CLOSED')
    await content(store, pattern(10))
    await store.close()
  })
})
