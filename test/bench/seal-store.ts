// The store against plain files in the same directory. Wall-clock time: what costs is the disk. Rounds take turns, so that whatever else the disk
// does hits both alike.
import { randomBytes } from 'node:crypto'
import { mkdtemp, open, rename, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { directory } from '../../packages/sdk/src/seal/backends/directory/index.js'
import type { ObjectRef } from '../../packages/sdk/src/seal/store/store.js'
import type { WritableStore } from '../../packages/sdk/src/seal/store/writable-store.js'
import { content, fileEntry, fresh } from '../seal/store/fixture.js'
import type { Note } from './jobs.js'
import { controlRow, costRow, type Row, ratioRow, rowOf } from './row.js'
import { estimate, lowerQuartile } from './statistics.js'

/** On a disk, where fsync means something: /tmp is memory on many machines. */
async function withFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(process.env.TRESOR_BENCH_DIR ?? resolve('.cache'), 'bench-seal-'))
  try {
    return await work(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

const kibibyte = randomBytes(1024)
const mebibyte = randomBytes(1 << 20)

/** Microseconds for one of `count` steps. */
async function time(count: number, step: (i: number) => Promise<unknown>): Promise<number> {
  const start = performance.now()
  for (let i = 0; i < count; i++) await step(i)
  return ((performance.now() - start) * 1000) / count
}

export async function replaceRows(): Promise<readonly Row[]> {
  return withFolder(async (folder) => {
    const store = await fresh(directory(join(folder, 'store')))
    const [plain, again, sealed]: number[][] = [[], [], []]
    for (let round = 0; round < 40; round++) {
      plain?.push(await time(20, (i) => replacePlain(folder, `plain ${i}`)))
      sealed?.push(await time(20, (i) => replaceSealed(store, `sealed ${i}`)))
      again?.push(await time(20, (i) => replacePlain(folder, `plain ${i}`)))
    }
    await store.close()
    const goal = { name: 'durable 1 KiB replace, speed of plain fs', target: 0.85, better: 'higher' } as const
    return [controlRow(plain ?? [], again ?? []), ratioRow(goal, plain ?? [], sealed ?? [])]
  })
}

async function replacePlain(folder: string, name: string): Promise<void> {
  const temporary = await open(join(folder, 'temporary'), 'w')
  await temporary.write(kibibyte)
  await temporary.sync()
  await temporary.close()
  await rename(join(folder, 'temporary'), join(folder, name))
  const parent = await open(folder)
  await parent.sync()
  await parent.close()
}

async function replaceSealed(store: WritableStore, name: string): Promise<void> {
  const object = await content(store, kibibyte)
  await store.transaction((transaction) => {
    transaction.put(1n, name, fileEntry(2n, 1024, [{ at: 0, length: 1024, from: 0, object }]))
  })
}

export async function batchRows(): Promise<readonly Row[]> {
  return withFolder(async (folder) => {
    const store = await fresh(directory(join(folder, 'store')))
    const perSecond: number[] = []
    for (let round = 0; round < 20; round++) {
      const start = performance.now()
      await Promise.all(Array.from({ length: 2000 }, (_, i) => replaceSealed(store, `record ${round}-${i}`)))
      perSecond.push(2_000_000 / (performance.now() - start))
    }
    await store.close()
    const middle = (sample: readonly number[]) => -lowerQuartile(sample.map((value) => -value))
    const goal = { name: 'batched durable records of 1 KiB, per second', target: 10_000, better: 'higher' } as const
    return [rowOf(goal, estimate(perSecond, middle))]
  })
}

/** Of a file that is written in the end: 128 MiB, with fsync. */
const sequentialBytes = 128 << 20

export async function writeRows(): Promise<readonly Row[]> {
  return withFolder(async (folder) => {
    const store = await fresh(directory(join(folder, 'store')))
    const [plain, again, sealed]: number[][] = [[], [], []]
    for (let round = 0; round < 8; round++) {
      plain?.push(await time(1, () => writePlain(join(folder, 'plain'))))
      sealed?.push(await time(1, () => writeSealed(store)))
      again?.push(await time(1, () => writePlain(join(folder, 'plain'))))
      await rm(join(folder, 'plain'))
    }
    await store.close()
    const goal = { name: 'sequential write with fsync, speed of plain fs', target: 0.9, better: 'higher' } as const
    return [controlRow(plain ?? [], again ?? []), ratioRow(goal, plain ?? [], sealed ?? [])]
  })
}

async function writePlain(path: string): Promise<void> {
  const file = await open(path, 'w')
  for (let i = 0; i < sequentialBytes; i += mebibyte.length) await file.write(mebibyte)
  await file.sync()
  await file.close()
}

async function writeSealed(store: WritableStore): Promise<ObjectRef> {
  const writer = store.writeContent()
  for (let i = 0; i < sequentialBytes; i += mebibyte.length) await writer.write(mebibyte)
  const object = await writer.finish()
  await store.transaction((transaction) => {
    const extents = [{ at: 0, length: sequentialBytes, from: 0, object }]
    transaction.put(1n, 'large', fileEntry(2n, sequentialBytes, extents))
  })
  return object
}

const randomReads = 4000

export async function readRows(note: Note): Promise<readonly Row[]> {
  return withFolder(async (folder) => {
    const gibibyte = process.env.TRESOR_BENCH_SMALL === '1' ? 64 << 20 : 1 << 30
    const store = await fresh(directory(join(folder, 'store')))
    const writer = store.writeContent()
    const plain = await open(join(folder, 'plain'), 'w+')
    for (let i = 0; i < gibibyte; i += mebibyte.length) {
      await writer.write(mebibyte)
      await plain.write(mebibyte)
    }
    const object = await writer.finish()
    await store.transaction((transaction) => {
      transaction.put(1n, 'large', fileEntry(2n, gibibyte, [{ at: 0, length: gibibyte, from: 0, object }]))
    })
    const view = await store.view()
    const target = new Uint8Array(4096)
    const place = () => Math.floor(Math.random() * (gibibyte / 4096)) * 4096
    const readPlain = () => plain.read(target, 0, 4096, place())
    const readSealed = () => view.readObject(object, place(), target)
    const times = { plain: [] as number[], sealed: [] as number[], again: [] as number[] }
    for (let round = 0; round < 40; round++) {
      for (const [list, read] of [
        [times.plain, readPlain],
        [times.sealed, readSealed],
        [times.again, readPlain]
      ] as const) {
        list.push(await medianOf(randomReads / 40, read))
      }
    }
    note(`random 4 KiB read: plain ${lowerQuartile(times.plain)} us, sealed ${lowerQuartile(times.sealed)} us`)
    await plain.close()
    await store.close()
    const goal = { name: 'random 4 KiB read in 1 GiB, p50 over FileHandle.read', target: 1.1, better: 'lower' } as const
    return [controlRow(times.plain, times.again), costRow(goal, times.plain, times.sealed)]
  })
}

async function medianOf(count: number, step: () => Promise<unknown>): Promise<number> {
  const times: number[] = []
  for (let i = 0; i < count; i++) times.push(await time(1, step))
  return times.sort((a, b) => a - b)[Math.floor(count / 2)] ?? 0
}
