// Older versions, forks, and what comes between a root and its anchor.
import { describe, expect, it } from 'vitest'
import { TresorError } from '../../../packages/sdk/src/core/index.js'
import type { Backend } from '../../../packages/sdk/src/seal/backends/backend.js'
import { memory } from '../../../packages/sdk/src/seal/backends/memory/index.js'
import { openStore, openStoreReadOnly } from '../../../packages/sdk/src/seal/store/open-store.js'
import { replaceKeyring } from '../../../packages/sdk/src/seal/store/rekey.js'
import { codeOfAsync } from '../../support/coded.js'
import { type Snapshot, serve, takeSnapshot } from '../tamper/snapshot.js'
import { create, fresh, namesOf, open, options, pattern, remember, suite, writeFile } from './fixture.js'
import { fakeKeyring, unlockFake } from './keyring.js'

/** A backend that begins with what a snapshot has. */
async function restore(snapshot: Snapshot): Promise<Backend> {
  const backend = memory()
  const lease = await backend.lock()
  for (const [name, bytes] of snapshot.keyrings) await backend.writeKeyring(name, bytes)
  let { version } = await backend.readRoots()
  for (const slot of [0, 1] as const) {
    if (snapshot.slots[slot].length > 0) version = await backend.swapRoot(slot, snapshot.slots[slot], version)
  }
  await lease.release()
  const read: Backend['read'] = async (place, length) => {
    const blob = snapshot.blobs.get(place.blob)
    return blob === undefined ? backend.read(place, length) : blob.slice(place.offset, place.offset + length)
  }
  return new Proxy(backend, {
    get: (target, name) => {
      if (name === 'read') return read
      const value = Reflect.get(target, name, target)
      return typeof value === 'function' ? value.bind(target) : value
    }
  })
}

async function history(level: 'process' | 'tpm' = 'tpm', commits = 4) {
  const backend = memory()
  const freshness = remember(level)
  const store = await fresh(backend, { freshness })
  const versions = [await takeSnapshot(backend)]
  const anchors = [[...freshness.anchors.values()][0]]
  for (let i = 0; i < commits; i++) {
    await writeFile(store, `file ${i}`, pattern(100, i))
    versions.push(await takeSnapshot(backend))
    anchors.push([...freshness.anchors.values()][0])
  }
  const { storeId } = store
  await store.close()
  return { backend, freshness, versions, anchors, storeId }
}

const at = <T>(values: readonly T[], index: number): NonNullable<T> => {
  const value = values.at(index)
  if (value === undefined || value === null) throw new Error('not there')
  return value
}

describe('a store that a host puts back', () => {
  it.each(['tpm', 'broker'] as const)('is refused at level %s, by writers and readers', async (level) => {
    const { freshness, versions } = await history()
    const known = { freshness: { ...freshness, level } }
    const old = at(versions, -3)
    const backend = await restore(old)
    expect(await codeOfAsync(() => open(backend, known))).toBe('ERR_SEALED_ROLLBACK')
    expect(await codeOfAsync(() => openStoreReadOnly(options(serve(old), known)))).toBe('ERR_SEALED_ROLLBACK')
    expect(await codeOfAsync(() => open(backend, known))).toBe('ERR_SEALED_ROLLBACK')
  })

  it('is refused by the process that has seen a newer one', async () => {
    const { freshness, versions } = await history('process')
    expect(await codeOfAsync(async () => open(await restore(at(versions, -2)), { freshness }))).toBe(
      'ERR_SEALED_ROLLBACK'
    )
    await (await open(await restore(at(versions, -1)), { freshness })).close()
  })

  it('is refused while a reader looks on', async () => {
    const { versions } = await history('process')
    let current = at(versions, -1)
    const backend = { ...serve(current), readRoots: async () => ({ slots: current.slots, version: '' }) }
    const reader = await openStoreReadOnly(options(backend))
    expect(await namesOf(await reader.view())).toHaveLength(4)
    current = at(versions, -3)
    expect(await codeOfAsync(() => reader.view())).toBe('ERR_SEALED_ROLLBACK')
    current = at(versions, -1)
    expect(await namesOf(await reader.view())).toHaveLength(4)
    await reader.close()
  })

  it('is taken knowingly with the token of the error, and goes on from there', async () => {
    const { freshness, versions } = await history()
    const backend = await restore(at(versions, -3))
    const error = await open(backend, { freshness }).catch((one: unknown) => one)
    if (!TresorError.is(error)) throw error
    expect(error.details.expected).toBe('version 5')
    expect(error.details.actual).toMatch(/^version 3, /)
    const acceptRollback = String(error.details.token)
    const wrong = acceptRollback.replace(/.$/, (digit) => (digit === '0' ? '1' : '0'))
    expect(await codeOfAsync(() => open(backend, { freshness, acceptRollback: wrong }))).toBe('ERR_SEALED_ROLLBACK')
    expect(await codeOfAsync(() => open(backend, { freshness, acceptRollback: 'yes' }))).toBe('ERR_USAGE_OPTION')
    const store = await open(backend, { freshness, acceptRollback })
    expect(await namesOf(await store.view())).toEqual(['file 0', 'file 1'])
    await writeFile(store, 'new', pattern(10))
    await store.close()
    await (await open(backend, { freshness })).close()
  })

  it('is refused when its slots come from two versions, whatever the level', async () => {
    const { versions } = await history('process', 6)
    const [new_, old] = [at(versions, -1), at(versions, 1)]
    const slots = new_.slots.map((slot, i) => (i === 0 ? slot : old.slots[1])) as [Uint8Array, Uint8Array]
    expect(await codeOfAsync(async () => open(await restore({ ...new_, slots })))).toBe('ERR_SEALED_ROLLBACK')
  })

  it('is refused where nobody remembers it, but for level process', async () => {
    const { versions } = await history()
    const newest = at(versions, -1)
    expect(await codeOfAsync(async () => open(await restore(newest), { freshness: remember('tpm') }))).toBe(
      'ERR_SEALED_ROLLBACK'
    )
    await (await open(await restore(newest), { freshness: remember('process') })).close()
  })
})

describe('a fork', () => {
  it('is refused by whoever remembers the other branch', async () => {
    const { freshness, versions, anchors, storeId } = await history()
    const forked = remember('tpm')
    await forked.reset(storeId, at(anchors, -2))
    const branch = await restore(at(versions, -2))
    const store = await open(branch, { freshness: forked })
    await writeFile(store, 'another', pattern(10))
    await store.close()
    expect(await codeOfAsync(() => open(branch, { freshness }))).toBe('ERR_SEALED_ROLLBACK')
  })
})

describe('a root that the anchor does not know yet', () => {
  it('is completed by the next writer, and read as it is by readers', async () => {
    const { freshness, anchors, versions, storeId } = await history()
    await freshness.reset(storeId, at(anchors, -2))
    const reader = await openStoreReadOnly(options(serve(at(versions, -1)), { freshness }))
    expect(await namesOf(await reader.view())).toHaveLength(4)
    await reader.close()
    const store = await open(await restore(at(versions, -1)), { freshness })
    expect(freshness.anchors.get(Buffer.from(storeId).toString('hex'))).toEqual(at(anchors, -1))
    await store.close()
  })

  it('is refused when it does not follow, or when it is two ahead', async () => {
    const { freshness, anchors, versions, storeId } = await history()
    await freshness.reset(storeId, at(anchors, -3))
    const opening = async () => open(await restore(at(versions, -1)), { freshness })
    expect(await codeOfAsync(opening)).toBe('ERR_SEALED_ROLLBACK')
    await freshness.reset(storeId, { ...at(anchors, -2), rootHash: new Uint8Array(32) })
    expect(await codeOfAsync(opening)).toBe('ERR_SEALED_ROLLBACK')
  })

  it('is refused when the one before cannot be compared with: its keyring may be forged', async () => {
    const { freshness, anchors, versions, storeId } = await history()
    await freshness.reset(storeId, at(anchors, -2))
    const { slots, ...rest } = at(versions, -1)
    const older = slots[0][39] === 5 ? 1 : 0
    const cut = slots.map((slot, i) => (i === older ? new Uint8Array(0) : slot)) as [Uint8Array, Uint8Array]
    expect(await codeOfAsync(async () => open(await restore({ ...rest, slots: cut }), { freshness }))).toBe(
      'ERR_SEALED_ROLLBACK'
    )
  })

  it('may bring a keyring that was made of the one before, and no other', async () => {
    const backend = memory()
    const freshness = remember('tpm')
    const store = await fresh(backend, { freshness })
    const before = [...freshness.anchors.values()][0]
    await replaceKeyring(store, await store.objects.keys.keyring.rotate())
    const { storeId } = store
    await store.close()
    if (before === undefined) throw new Error('nothing is remembered')
    await freshness.reset(storeId, before)
    const forged = async (bytes: Uint8Array, id: Uint8Array) => {
      const keyring = await unlockFake(bytes, id)
      return { ...keyring, assertSucceeds: () => fakeKeyring(id, [1]).assertSucceeds(fakeKeyring(id, [1, 2])) }
    }
    expect(await codeOfAsync(() => open(backend, { freshness, unlockKeyring: forged }))).toBe('ERR_SEALED_ROLLBACK')
    await (await open(backend, { freshness })).close()
  })
})

describe('an anchor that cannot be moved', () => {
  it('fails the commit, and the next writer finds it done or not', async () => {
    const backend = memory()
    const freshness = remember('tpm')
    await create(backend, freshness)
    const broken = { ...freshness, advance: async () => Promise.reject(new Error('away')) }
    const store = await open(backend, { freshness: broken })
    await expect(writeFile(store, 'a', pattern(10))).rejects.toThrow('away')
    expect(await codeOfAsync(() => writeFile(store, 'b', pattern(10)))).toBe('ERR_STORE_CLOSED')
    expect(await namesOf(await store.view())).toEqual([])
    await store.close()
    const again = await open(backend, { freshness })
    expect(await namesOf(await again.view())).toEqual(['a'])
    await again.close()
  })
})

describe('which store it is', () => {
  it('can be pinned', async () => {
    const { backend, storeId } = await history('process')
    const other = { storeId: new Uint8Array(16) }
    expect(await codeOfAsync(() => open(backend, other))).toBe('ERR_SEALED_AUTH')
    await (await open(backend, { storeId })).close()
  })
})

describe('keys', () => {
  it('are wiped when the store is closed, and when it does not open', async () => {
    const { backend, freshness, versions } = await history()
    let [opened, wiped] = [0, 0]
    const unlockKeyring = async (bytes: Uint8Array, storeId: Uint8Array) => {
      opened++
      return { ...(await unlockFake(bytes, storeId)), wipe: () => void wiped++ }
    }
    const common = { suite, freshness, unlockKeyring } as const
    await (await openStore({ ...common, backend })).close()
    await (await openStoreReadOnly({ ...common, backend })).close()
    const old = await restore(at(versions, 1))
    expect(await codeOfAsync(() => openStore({ ...common, backend: old }))).toBe('ERR_SEALED_ROLLBACK')
    expect(await codeOfAsync(() => openStoreReadOnly({ ...common, backend: old }))).toBe('ERR_SEALED_ROLLBACK')
    expect(opened).toBeGreaterThanOrEqual(4)
    expect(wiped).toBe(opened)
  })
})
