import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createCollateral } from '../../../packages/sdk/src/verify/collateral/index.js'
import { directoryStore } from '../../../packages/sdk/src/verify/node/index.js'
import { fakeService, ticketItem } from '../collateral/fake-service.js'
import { fakeTime } from '../collateral/fake-time.js'

let parent: string
let path: string

beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'tresor-store-'))
  path = join(parent, 'collateral')
})
afterEach(() => rm(parent, { recursive: true, force: true }))

const record = { bytes: Uint8Array.of(1, 2, 3, 10, 255), fetchedAt: new Date('2026-01-02T03:04:05.678Z') }
const fileOf = (key: string): string => join(path, `${key}.collateral`)

describe('a directory of collateral', () => {
  it('gives back what was put, to another store too', async () => {
    await directoryStore(path).put('amd-crl-Milan', record)
    expect(await directoryStore(path).get('amd-crl-Milan')).toEqual(record)
    expect(await directoryStore(path).list?.()).toEqual(['amd-crl-Milan'])
  })

  it('has nothing before it exists', async () => {
    expect(await directoryStore(path).get('key')).toBeUndefined()
    expect(await directoryStore(path).list?.()).toEqual([])
    expect(await readdir(parent)).toEqual([])
  })

  it('is made for this user only, and so are its files', async () => {
    await directoryStore(path).put('key', record)
    expect((await stat(path)).mode & 0o777).toBe(0o700)
    expect((await stat(fileOf('key'))).mode & 0o777).toBe(0o600)
  })

  it('is made where its parent exists, and not whole paths', async () => {
    await expect(directoryStore(join(parent, 'a', 'b')).put('key', record)).rejects.toMatchObject({
      code: 'ERR_COLLATERAL_STORE',
      cause: { code: 'ENOENT' }
    })
  })

  it('leaves nothing behind but the files', async () => {
    const store = directoryStore(path)
    for (let i = 0; i < 3; i++) await store.put('key', record)
    expect(await readdir(path)).toEqual(['key.collateral'])
  })

  it('leaves the old record and nothing else when a new one cannot be put in its place', async () => {
    await mkdir(fileOf('key'), { recursive: true })
    await expect(directoryStore(path).put('key', record)).rejects.toMatchObject({ code: 'ERR_COLLATERAL_STORE' })
    expect(await readdir(path)).toEqual(['key.collateral'])
  })

  it.each(['../escape', 'a/b', '', '.hidden', 'a\0b', 'x'.repeat(201)])('refuses the key %j', async (key) => {
    await expect(directoryStore(path).get(key)).rejects.toMatchObject({ code: 'ERR_USAGE_OPTION' })
    await expect(directoryStore(path).put(key, record)).rejects.toMatchObject({ code: 'ERR_USAGE_OPTION' })
  })

  it.each(['', 'a\0b', 7])('refuses the path %j', (wrong) => {
    // @ts-expect-error one is of the wrong type on purpose
    expect(() => directoryStore(wrong)).toThrow(expect.objectContaining({ code: 'ERR_USAGE_OPTION' }))
  })
})

describe('a damaged directory of collateral', () => {
  it('has nothing where any byte of a file was changed, cut or added', async () => {
    const store = directoryStore(path)
    await store.put('key', record)
    const good = new Uint8Array(await readFile(fileOf('key')))
    const flipped = [...good.keys()].map((i) => good.map((byte, at) => (at === i ? byte ^ 1 : byte)))
    const cut = [...good.keys()].map((length) => good.subarray(0, length))
    for (const bad of [...flipped, ...cut, Uint8Array.of(...good, 0)]) {
      await writeFile(fileOf('key'), bad)
      expect(await store.get('key')).toBeUndefined()
    }
  })

  it('does not take the file of one item for another', async () => {
    const store = directoryStore(path)
    await store.put('key', record)
    await writeFile(fileOf('other'), await readFile(fileOf('key')))
    expect(await store.get('other')).toBeUndefined()
  })

  it('does not read what is too large', async () => {
    await mkdir(path)
    await writeFile(fileOf('key'), '')
    await (await import('node:fs/promises')).truncate(fileOf('key'), 1 << 40)
    expect(await directoryStore(path).get('key')).toBeUndefined()
  })

  it('does not wait for a pipe, nor read a directory', async () => {
    await mkdir(fileOf('folder'), { recursive: true })
    await once(spawn('mkfifo', [fileOf('pipe')]), 'exit')
    expect(await directoryStore(path).get('folder')).toBeUndefined()
    expect(await directoryStore(path).get('pipe')).toBeUndefined()
  })

  it('says so where a file is a loop of links', async () => {
    await mkdir(path)
    await symlink('key.collateral', fileOf('key'))
    await expect(directoryStore(path).get('key')).rejects.toMatchObject({ code: 'ERR_COLLATERAL_STORE' })
  })

  it('says so where the path is a file', async () => {
    await writeFile(path, 'file')
    for (const work of [directoryStore(path).get('key'), directoryStore(path).put('key', record)]) {
      await expect(work).rejects.toMatchObject({
        code: 'ERR_COLLATERAL_STORE',
        message: `store of collateral: ${path}: ENOTDIR`
      })
    }
  })

  it('does not stop a lookup, and is healed by it', async () => {
    await mkdir(path)
    await writeFile(fileOf('ticket'), 'damaged')
    const service = fakeService()
    const collateral = createCollateral({ store: directoryStore(path), fetch: service.fetch, ...quiet() })
    const now = new Date('2026-01-02T00:00:00Z')
    expect(await collateral.get(ticketItem(), { now })).toMatchObject({ source: 'network' })
    const next = createCollateral({ store: directoryStore(path), offline: true, ...quiet() })
    expect(await next.get(ticketItem(), { now })).toMatchObject({ source: 'cache' })
  })

  function quiet(): { readonly clock: () => Date } {
    return { clock: fakeTime().clock }
  }
})

describe('a directory of collateral that many use at once', () => {
  it('always has a whole record, whoever writes', async () => {
    const store = directoryStore(path)
    const records = Array.from({ length: 8 }, (_, i) => ({ ...record, bytes: new Uint8Array(200_000).fill(i) }))
    await store.put('key', record)
    let writing = true
    const writes = Promise.all(records.map((next) => directoryStore(path).put('key', next)))
    const done = writes.then(() => {
      writing = false
    })
    let reads = 0
    while (writing || reads === 0) {
      const found = await store.get('key')
      expect(found?.bytes.every((byte) => byte === found.bytes[0] || found.bytes.length === 5)).toBe(true)
      reads++
    }
    await done
    expect(await readdir(path)).toEqual(['key.collateral'])
  })
})
