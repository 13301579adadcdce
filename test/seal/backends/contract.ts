// What every backend keeps to. `describeBackend` runs it against any of them.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Backend } from '../../../packages/sdk/src/seal/backends/backend.js'
import { codeOfAsync } from '../../support/coded.js'

/** A place where a store may lie; empty at first. */
export interface BackendPlace {
  /** A backend there; another one each time, as another process would have it, if the kind of backend allows that. */
  open(): Backend
  remove(): Promise<void>
}

const bytes = (length: number, value: number) => new Uint8Array(length).fill(value)
const record = (value: number) => bytes(4096, value)

export function describeBackend(name: string, make: () => Promise<BackendPlace>, skip = false): void {
  describe.skipIf(skip)(`the backend ${name}`, () => {
    let place: BackendPlace
    let backend: Backend

    beforeEach(async () => {
      place = await make()
      backend = place.open()
    })

    afterEach(async () => {
      await backend.close()
      await place.remove()
    })

    it('is empty at first', async () => {
      expect(await backend.isOccupied()).toBe(false)
      expect((await backend.readRoots()).slots.every((slot) => slot.every((byte) => byte === 0))).toBe(true)
      expect(await blobsOf(backend)).toEqual([])
      expect(await backend.listKeyrings()).toEqual([])
      expect(await backend.readKeyring('none')).toBeUndefined()
    })

    it('gives back small parts from where it says that they are, at once and after a flush', async () => {
      const lease = await backend.lock()
      const parts = [bytes(10, 1), bytes(0, 2), bytes(5000, 3), bytes(1, 4)]
      const places = await backend.append(parts)
      const check = async (one: Backend) => {
        for (const [i, part] of parts.entries()) {
          const at = places[i]
          if (at === undefined) throw new Error('a place is missing')
          expect(await one.read(at, part.length)).toEqual(part)
        }
      }
      await check(backend)
      await backend.flush()
      await check(backend)
      await check(place.open())
      expect(new Set(places.map(({ blob, offset }) => `${blob}:${offset}`)).size).toBeGreaterThanOrEqual(3)
      await lease.release()
    })

    it('keeps what was appended before a flush apart from what comes after', async () => {
      const lease = await backend.lock()
      const [first] = await backend.append([bytes(100, 1)])
      await backend.flush()
      const [second] = await backend.append([bytes(100, 2)])
      await backend.flush()
      expect(first).not.toEqual(second)
      if (first === undefined || second === undefined) throw new Error('a place is missing')
      expect(await backend.read(first, 100)).toEqual(bytes(100, 1))
      expect(await backend.read(second, 100)).toEqual(bytes(100, 2))
      await lease.release()
    })

    it('keeps a large blob that came in pieces, and any range of it', async () => {
      const lease = await backend.lock()
      const writer = await backend.createBlob()
      const piece = Uint8Array.from({ length: 300_007 }, (_, i) => i % 251)
      for (let i = 0; i < 5; i++) await writer.write(piece)
      await writer.finish()
      await backend.flush()
      const whole = await place.open().read({ blob: writer.blob, offset: 0 }, 5 * piece.length)
      expect(Buffer.compare(whole, Buffer.concat(Array.from({ length: 5 }, () => piece)))).toBe(0)
      const range = await backend.read({ blob: writer.blob, offset: 299_000 }, 2000)
      expect(Buffer.compare(range, whole.subarray(299_000, 301_000))).toBe(0)
      expect(await blobsOf(backend)).toEqual([[writer.blob, 5 * piece.length]])
      await lease.release()
    })

    it('takes a blob back', async () => {
      const lease = await backend.lock()
      const writer = await backend.createBlob()
      await writer.write(bytes(100_000, 1))
      await writer.discard()
      await backend.flush()
      expect(await blobsOf(backend)).toEqual([])
      expect(await codeOfAsync(() => backend.read({ blob: writer.blob, offset: 0 }, 1))).toBe('ERR_SEALED_MISSING')
      await lease.release()
    })

    it('says what is gone and what is too short', async () => {
      const lease = await backend.lock()
      const [at] = await backend.append([bytes(100, 1)])
      await backend.flush()
      if (at === undefined) throw new Error('a place is missing')
      expect(await codeOfAsync(() => backend.read(at, 101))).toBe('ERR_SEALED_TRUNCATED')
      expect(await codeOfAsync(() => backend.read({ ...at, offset: 1_000_000 }, 1))).toBe('ERR_SEALED_TRUNCATED')
      await backend.remove(at.blob)
      await backend.remove(at.blob)
      expect(await blobsOf(backend)).toEqual([])
      expect(await codeOfAsync(() => place.open().read(at, 100))).toBe('ERR_SEALED_MISSING')
      await lease.release()
    })

    it.each(['../x', 'a/b', '', '.', 'A', 'x'.repeat(65), 'nul\u0000', 'ä'])('refuses the name %j', async (blob) => {
      expect(await codeOfAsync(() => backend.read({ blob, offset: 0 }, 1))).toBe('ERR_USAGE_OPTION')
      expect(await codeOfAsync(() => backend.remove(blob))).toBe('ERR_USAGE_OPTION')
      expect(await codeOfAsync(() => backend.readKeyring(blob))).toBe('ERR_USAGE_OPTION')
      expect(await codeOfAsync(() => backend.writeKeyring(blob, bytes(1, 1)))).toBe('ERR_USAGE_OPTION')
    })

    it('keeps keyrings by name', async () => {
      const lease = await backend.lock()
      await backend.writeKeyring('one', bytes(1000, 1))
      await backend.writeKeyring('two', bytes(2000, 2))
      expect(await place.open().readKeyring('one')).toEqual(bytes(1000, 1))
      expect([...(await backend.listKeyrings())].sort()).toEqual(['one', 'two'])
      await backend.removeKeyring('one')
      await backend.removeKeyring('one')
      expect(await backend.listKeyrings()).toEqual(['two'])
      expect(await backend.readKeyring('one')).toBeUndefined()
      await lease.release()
    })

    it('changes one root slot and leaves the other', async () => {
      const lease = await backend.lock()
      const first = await backend.swapRoot(0, record(1), (await backend.readRoots()).version)
      const second = await backend.swapRoot(1, record(2), first)
      const roots = await place.open().readRoots()
      expect(roots.slots.map((slot) => slot[0])).toEqual([1, 2])
      expect(roots.version).toBe(second)
      expect(new Set([first, second]).size).toBe(2)
      await backend.swapRoot(0, record(3), second)
      expect((await backend.readRoots()).slots.map((slot) => [slot.length, slot[0]])).toEqual([
        [4096, 3],
        [4096, 2]
      ])
      expect(await backend.isOccupied()).toBe(true)
      await lease.release()
    })

    it('refuses a root from somebody who has not seen the last one', async () => {
      const lease = await backend.lock()
      const { version } = await backend.readRoots()
      await backend.swapRoot(0, record(1), version)
      expect(await codeOfAsync(() => backend.swapRoot(1, record(2), version))).toBe('ERR_SEALED_CONFLICT')
      expect((await backend.readRoots()).slots[0][0]).toBe(1)
      await lease.release()
    })

    it('is locked by one at a time, and free afterwards', async () => {
      const lease = await backend.lock()
      await lease.assertHeld()
      expect(await codeOfAsync(() => place.open().lock())).toBe('ERR_STORE_LOCKED')
      await lease.release()
      await lease.release()
      expect(await codeOfAsync(() => lease.assertHeld())).toBe('ERR_STORE_LOCKED')
      const next = await place.open().lock()
      await next.assertHeld()
      await next.release()
    })

    it('can be used again after it was closed', async () => {
      const lease = await backend.lock()
      const [at] = await backend.append([bytes(100, 7)])
      await backend.flush()
      await lease.release()
      await backend.close()
      if (at === undefined) throw new Error('a place is missing')
      expect(await backend.read(at, 100)).toEqual(bytes(100, 7))
      const again = await backend.lock()
      const [next] = await backend.append([bytes(100, 8)])
      await backend.flush()
      if (next === undefined) throw new Error('a place is missing')
      expect(await backend.read(next, 100)).toEqual(bytes(100, 8))
      await again.release()
    })
  })
}

async function blobsOf(backend: Backend): Promise<readonly (readonly [string, number])[]> {
  const blobs: [string, number][] = []
  for await (const { blob, bytes: length } of backend.list()) blobs.push([blob, length])
  return blobs.sort()
}
