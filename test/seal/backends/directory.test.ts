// What only a directory has: files of others in its place, rights, a lock that outlives its holder, a disk that fails.

import { execFileSync, spawn } from 'node:child_process'
import {
  chmodSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync
} from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { TresorError } from '../../../packages/sdk/src/core/index.js'
import { directoryOn } from '../../../packages/sdk/src/seal/backends/directory/directory.js'
import { nodeFileSystem } from '../../../packages/sdk/src/seal/backends/directory/file-system.js'
import {
  describeSelf,
  encodeHolder,
  type Holder,
  isAlive
} from '../../../packages/sdk/src/seal/backends/directory/holder.js'
import type { LockPlatform } from '../../../packages/sdk/src/seal/backends/directory/lock-file.js'
import { codeOfAsync } from '../../support/coded.js'
import { fresh, holds, namesOf, open, pattern, writeFile } from '../store/fixture.js'
import { type FaultCode, faulty } from './faulty-file-system.js'
import { directoryPlace } from './places.js'

let place: Awaited<ReturnType<typeof directoryPlace>>

beforeEach(async () => {
  place = await directoryPlace()
})

afterEach(() => place.remove())

const noTimer = () => () => undefined
const here: LockPlatform = { describeSelf, isAlive, sleep: async () => undefined, every: noTimer }

async function errorOf(work: () => Promise<unknown>): Promise<TresorError> {
  try {
    await work()
  } catch (error) {
    if (TresorError.is(error)) return error
    throw error
  }
  throw new Error('it did not fail')
}

describe('the files of a store', () => {
  it('are readable by their owner only', async () => {
    const store = await fresh(place.open())
    await writeFile(store, 'a', pattern(2_000_000))
    await store.close()
    const modes = (path: string) => statSync(path).mode & 0o777
    for (const folder of ['', 'blobs', 'keyrings']) expect(modes(join(place.path, folder))).toBe(0o700)
    const files = readdirSync(place.path, { recursive: true, withFileTypes: true }).filter((one) => one.isFile())
    expect(files.length).toBeGreaterThan(3)
    for (const file of files) expect(modes(join(file.parentPath, file.name))).toBe(0o600)
  })

  it('say nothing of names, sizes or contents', async () => {
    const store = await fresh(place.open())
    await writeFile(store, 'a very secret name', new TextEncoder().encode('a very secret content'.repeat(100)))
    await store.close()
    const all = readdirSync(place.path, { recursive: true, withFileTypes: true })
      .filter((one) => one.isFile())
      .map((one) => readFileSync(join(one.parentPath, one.name)).toString('latin1'))
      .join('')
    expect(all.includes('very secret')).toBe(false)
    const sizes = readdirSync(join(place.path, 'blobs')).map((name) => statSync(join(place.path, 'blobs', name)).size)
    expect(sizes.map((size) => size % 4096)).toEqual(sizes.map(() => 0))
  })
})

describe('tricks with links', () => {
  const makeStore = async () => {
    const store = await fresh(place.open())
    await writeFile(store, 'a', pattern(2_000_000))
    await store.close()
  }
  const target = (text = 'precious') => {
    const path = join(place.path, '..', 'precious')
    writeFileSync(path, text)
    return path
  }

  it.each(['symlink', 'hard link', 'directory', 'FIFO'])('refuse a %s in the place of the roots', async (kind) => {
    await makeStore()
    const roots = join(place.path, 'roots')
    renameSync(roots, `${roots}-away`)
    if (kind === 'symlink') symlinkSync(target(), roots)
    else if (kind === 'hard link') linkSync(target(), roots)
    else if (kind === 'directory') mkdirSync(roots)
    else execFileSync('mkfifo', [roots])
    expect(await codeOfAsync(() => open(place.open()))).toBe('ERR_SEALED_FORMAT')
    if (kind.endsWith('link')) expect(readFileSync(join(place.path, '..', 'precious'), 'utf8')).toBe('precious')
  })

  it.each(['blobs', 'keyrings'])('refuse a symlink in the place of the directory %s', async (folder) => {
    await makeStore()
    const path = join(place.path, folder)
    renameSync(path, `${path}-away`)
    symlinkSync(`${path}-away`, path)
    expect(await codeOfAsync(() => open(place.open()))).toBe('ERR_SEALED_FORMAT')
  })

  it('refuse a symlink in the place of a blob, and of the lock', async () => {
    await makeStore()
    for (const name of readdirSync(join(place.path, 'blobs'))) {
      const path = join(place.path, 'blobs', name)
      renameSync(path, join(place.path, '..', name))
      symlinkSync(join(place.path, '..', name), path)
    }
    expect(await codeOfAsync(() => open(place.open()))).toBe('ERR_SEALED_FORMAT')
    symlinkSync(target(), join(place.path, 'lock'))
    expect(await codeOfAsync(() => open(place.open()))).toBe('ERR_SEALED_FORMAT')
    expect(readFileSync(join(place.path, '..', 'precious'), 'utf8')).toBe('precious')
  })
})

describe('the lock', () => {
  const lockPath = () => join(place.path, 'lock')
  const plant = (holder: Holder | string) => {
    mkdirSync(place.path, { recursive: true })
    writeFileSync(lockPath(), typeof holder === 'string' ? holder : encodeHolder(holder))
  }

  it('names the process that holds it', async () => {
    const lease = await place.open().lock()
    const error = await errorOf(() => place.open().lock())
    expect(error).toMatchObject({ code: 'ERR_STORE_LOCKED', details: { pid: process.pid, host: describeSelf().host } })
    expect(error.message).toContain(`process ${process.pid} on `)
    await lease.release()
  })

  it('of a process that was killed is free at once', async () => {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' })
    const startTime = () => readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(') ')[1]?.split(' ')[19] ?? ''
    const holder = { ...describeSelf(), pid: child.pid ?? 0, startTime: startTime() }
    plant(holder)
    expect(await codeOfAsync(() => place.open().lock())).toBe('ERR_STORE_LOCKED')
    const ended = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGKILL')
    await ended
    await (await place.open().lock()).release()
  })

  it('of another process with the same number is free', async () => {
    plant({ ...describeSelf(), startTime: '1' })
    await (await place.open().lock()).release()
  })

  it.each([
    ['another boot', { bootId: 'another' }],
    ['another container', { pidNamespace: 'pid:[1]' }],
    ['garbage', 'no holder at all'],
    ['nothing', '']
  ])('of %s is waited for until it is silent', async (_name, change) => {
    plant(typeof change === 'string' ? change : { ...describeSelf(), ...change })
    const timeline: number[] = []
    const sleptMs = () => timeline.reduce((sum, ms) => sum + ms, 0)
    const since = statSync(lockPath()).mtimeMs
    const silent = { ...here, sleep: async (ms: number) => void timeline.push(ms) }
    const aged = {
      ...nodeFileSystem,
      open: async (path: string, flags: number, mode?: number) => {
        const file = await nodeFileSystem.open(path, flags, mode)
        const isMine = /lock-/.test(path)
        const nowNs = () => BigInt(Math.floor(since * 1e6)) + BigInt(sleptMs()) * 1_000_000n
        return { ...file, stat: async () => Object.assign(await file.stat(), isMine ? { mtimeNs: nowNs() } : {}) }
      }
    }
    const lease = await directoryOn(place.path, aged, silent).lock()
    expect(sleptMs()).toBeGreaterThanOrEqual(15_000)
    expect(sleptMs()).toBeLessThan(17_000)
    await lease.release()
  })

  it('of a holder that cannot be seen, but beats, is taken', async () => {
    plant({ ...describeSelf(), bootId: 'another', host: 'elsewhere', pid: 77 })
    const beating = {
      ...here,
      sleep: async () => plant({ ...describeSelf(), bootId: 'another', host: 'elsewhere', pid: 77 })
    }
    const error = await errorOf(() => directoryOn(place.path, nodeFileSystem, beating).lock())
    expect(error).toMatchObject({ code: 'ERR_STORE_LOCKED', details: { pid: 77, host: 'elsewhere' } })
  })

  it('that was taken over stops the old writer before and after it writes a root', async () => {
    const old = await fresh(place.open())
    await writeFile(old, 'a', pattern(10))
    plant({ ...describeSelf(), startTime: '1' })
    const next = await open(place.open())
    expect(await codeOfAsync(() => writeFile(old, 'b', pattern(10)))).toBe('ERR_STORE_LOCKED')
    expect(await codeOfAsync(() => writeFile(old, 'c', pattern(10)))).toBe('ERR_STORE_CLOSED')
    await writeFile(next, 'd', pattern(10))
    await old.close()
    expect(await namesOf(await next.view())).toEqual(['a', 'd'])
    await next.close()
    const again = await open(place.open())
    expect(await namesOf(await again.view())).toEqual(['a', 'd'])
    await again.close()
  })

  it('that is lost in the very moment of writing leaves the new writer untouched, and is told', async () => {
    const base = place.open()
    await (await fresh(base)).close()
    let overtake: (() => Promise<void>) | undefined
    const slow = {
      ...nodeFileSystem,
      open: async (path: string, flags: number, mode?: number) => {
        const file = await nodeFileSystem.open(path, flags, mode)
        const isRoots = /roots-next$/.test(path)
        return {
          ...file,
          write: async (...args: Parameters<typeof file.write>) => {
            const now = isRoots ? overtake : undefined
            if (isRoots) overtake = undefined
            await now?.()
            return file.write(...args)
          }
        }
      }
    }
    const old = await open(directoryOn(place.path, slow, here))
    let next: Awaited<ReturnType<typeof open>> | undefined
    overtake = async () => {
      plant({ ...describeSelf(), startTime: '1' })
      next = await open(place.open())
      await writeFile(next, 'new', pattern(10))
    }
    const object = await (async () => {
      const writer = old.writeContent()
      await writer.write(pattern(5))
      return writer.finish()
    })()
    const pending = old.transaction((transaction) => {
      const extents = [{ at: 0, length: 5, from: 0, object }]
      const times = { atimeMs: 0, mtimeMs: 0, ctimeMs: 0, birthtimeMs: 0 }
      transaction.put(1n, 'old', {
        kind: 'file',
        inode: transaction.createInode(),
        mode: 0,
        ...times,
        size: 5,
        extents
      })
    })
    expect(await codeOfAsync(() => pending)).toBe('ERR_STORE_LOCKED')
    await old.close()
    if (next === undefined) throw new Error('nobody has taken over')
    await writeFile(next, 'newer', pattern(10))
    await next.close()
    const again = await open(place.open())
    expect(await namesOf(await again.view())).toEqual(['new', 'newer'])
    await again.close()
  })
})

describe('a disk that fails', () => {
  const codes: readonly FaultCode[] = ['ENOSPC', 'EIO', 'EROFS', 'EACCES', 'EDQUOT']

  it.each(codes)('with %s, at any call: says so, and keeps what was committed', async (code) => {
    await (await fresh(place.open())).close()
    let isOver = false
    for (let at = 0; !isOver; at++) {
      const faults = { failFrom: Number.POSITIVE_INFINITY, code, isTorn: at % 2 === 0, calls: 0 }
      const store = await open(directoryOn(place.path, faulty(nodeFileSystem, faults), here))
      await writeFile(store, 'kept', pattern(3000, at))
      faults.failFrom = faults.calls + at
      const error = await errorOf(async () => {
        await writeFile(store, 'small', pattern(4000, at))
        await writeFile(store, 'large', pattern(1_200_000, at))
        isOver = true
        throw await errorOf(() => open(place.open()))
      })
      const view = await store.view()
      expect(await holds(view, 'kept', pattern(3000, at))).toBe(true)
      faults.failFrom = Number.POSITIVE_INFINITY
      if (!isOver) {
        expect(error).toMatchObject({ code: 'ERR_STORE_BACKEND' })
        expect(error.message).toContain(code)
      }
      await store.close()
      const again = await open(place.open())
      const after = await again.view()
      expect(await holds(after, 'kept', pattern(3000, at))).toBe(true)
      await again.transaction((transaction) => {
        transaction.remove(1n, 'small')
        transaction.remove(1n, 'large')
      })
      await again.close()
      expect(at).toBeLessThan(60)
    }
  })

  it('says no to a directory that may not be entered', async () => {
    await (await fresh(place.open())).close()
    if (process.getuid?.() === 0) return expect(await namesOf(await (await open(place.open())).view())).toEqual([])
    chmodSync(place.path, 0o000)
    expect(await codeOfAsync(() => open(place.open()))).toBe('ERR_STORE_BACKEND')
    chmodSync(place.path, 0o700)
  })
})
