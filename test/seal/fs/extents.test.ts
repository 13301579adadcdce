import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compact, planCompaction } from '../../../packages/sdk/src/seal/fs/compaction.js'
import { overlay, piecesOf, trim } from '../../../packages/sdk/src/seal/fs/extents.js'
import { readExtents } from '../../../packages/sdk/src/seal/fs/read-extents.js'
import type { Extent, Store } from '../../../packages/sdk/src/seal/store/store.js'
import { createMemoryStore } from '../support/memory-store.js'

describe('extents', () => {
  it('show what a plain array of bytes shows, after any writes and cuts', async () => {
    const steps = fc.array(
      fc.oneof(
        fc.record({ at: fc.nat(300), length: fc.integer({ min: 1, max: 80 }) }),
        fc.record({ size: fc.nat(380) })
      ),
      { maxLength: 30 }
    )
    await fc.assert(
      fc.asyncProperty(steps, async (list) => {
        const store = createMemoryStore()
        const plain = new Uint8Array(400)
        let extents: readonly Extent[] = []
        for (const [i, step] of list.entries()) {
          if ('size' in step) {
            plain.fill(0, step.size)
            extents = trim(extents, step.size)
          } else {
            plain.fill(i + 1, step.at, step.at + step.length)
            extents = overlay(extents, [await extentOf(store, step.at, step.length, i + 1)])
          }
        }
        expect(isOrderly(extents)).toBe(true)
        expect(await readAll(store, extents, 400)).toEqual(plain)
      }),
      { numRuns: 60 }
    )
  })

  it('are found for a stretch by halving, with the holes between', () => {
    const object = { objectId: new Uint8Array(16), generation: 1n, epoch: 0, blob: 'x', offset: 0, sealedLength: 9 }
    const extents = [10, 30, 50].map((at) => ({ at, length: 10, from: 0, object }))
    const lengths = piecesOf(extents, 15, 40).map(({ at, length, extent }) => [at, length, extent?.at])
    expect(lengths).toEqual([
      [15, 5, 10],
      [20, 10, undefined],
      [30, 10, 30],
      [40, 10, undefined],
      [50, 5, 50]
    ])
  })

  it('are one where neighbours continue one object', async () => {
    const store = createMemoryStore()
    const whole = await extentOf(store, 0, 100, 1)
    const halves = [
      { ...whole, length: 40 },
      { ...whole, at: 40, from: 40, length: 60 }
    ]
    expect(overlay([], halves)).toEqual([whole])
  })
})

describe('compaction', () => {
  it('leaves few extents alone', async () => {
    const store = createMemoryStore()
    const extents = await manyExtents(store, 128, 10)
    expect(await compact(store, extents)).toBe(extents)
  })

  it('makes few of many and changes no byte', async () => {
    const store = createMemoryStore()
    const extents = await manyExtents(store, 500, 10)
    const compacted = await compact(store, extents)
    expect(compacted.length).toBeLessThanOrEqual(64)
    expect(await readAll(store, compacted, 5000)).toEqual(await readAll(store, extents, 5000))
  })

  it('rewrites small neighbours before large ones', async () => {
    const store = createMemoryStore()
    const large = await extentOf(store, 0, 1 << 20, 1)
    const small = (await manyExtents(store, 200, 10)).map((extent) => ({ ...extent, at: extent.at + (1 << 20) }))
    const moved = planCompaction([large, ...small]).reduce((sum, { length }) => sum + length, 0)
    expect(moved).toBeLessThanOrEqual(2000)
  })

  it('fills no long holes: a file that is mostly holes keeps its extents', async () => {
    const store = createMemoryStore()
    const sparse = (await manyExtents(store, 300, 10)).map((extent, i) => ({ ...extent, at: i * 1e9 }))
    expect(planCompaction(sparse)).toEqual([])
  })

  it('moves each byte of a log that grows by small appends only a few times', async () => {
    const store = createMemoryStore()
    let extents: readonly Extent[] = []
    for (let i = 0; i < 3000; i++) {
      extents = await compact(store, overlay(extents, [await extentOf(store, i * 10, 10, i)]))
    }
    expect(store.written / 30_000).toBeLessThan(12)
    expect(extents.length).toBeLessThanOrEqual(128)
  })
})

async function manyExtents(store: Store, count: number, length: number): Promise<readonly Extent[]> {
  const extents: Extent[] = []
  for (let i = 0; i < count; i++) extents.push(await extentOf(store, i * length, length, i))
  return extents
}

async function extentOf(store: Store, at: number, length: number, fill: number): Promise<Extent> {
  const writer = store.writeContent()
  await writer.write(new Uint8Array(length).fill(fill))
  return { at, length, from: 0, object: await writer.finish() }
}

async function readAll(store: Store, extents: readonly Extent[], length: number): Promise<Uint8Array> {
  const target = new Uint8Array(length).fill(99)
  await readExtents(await store.view(), extents, target, 0)
  return target
}

function isOrderly(extents: readonly Extent[]): boolean {
  return extents.every(({ at, length }, i) => {
    const next = extents[i + 1]
    return length > 0 && (next === undefined || at + length <= next.at)
  })
}
