import { expect, it } from 'vitest'
import { describeWithAddon, runForResult, unprivileged, unprivilegedObstacle } from './addon.js'

const kinds = /^(?:memfd_secret|mlock|unlocked)$/

describeWithAddon('locked memory', (load) => {
  it('begins as zeros, and says what it is', async () => {
    const { memory } = await load()
    const handle = memory.allocate(33)
    expect(memory.info(handle)).toMatchObject({ size: 33, kind: expect.stringMatching(kinds), dontDump: true })
    expect(memory.read(handle)).toEqual(new Uint8Array(33))
  })

  it.each([1, 15, 16, 17, 4095, 4096, 4097, 65_536])('keeps all of %i bytes', async (size) => {
    const { memory } = await load()
    const bytes = Uint8Array.from({ length: size }, (_, index) => index * 7)
    const handle = memory.allocate(size)
    memory.fill(handle, bytes)
    expect(memory.equals(handle, bytes)).toBe(true)
    expect(memory.read(handle)).toEqual(bytes)
    memory.wipe(handle)
  })

  it('is filled and read in parts', async () => {
    const { memory } = await load()
    const handle = memory.allocate(8)
    memory.fill(handle, Uint8Array.of(1, 2, 3), 5)
    memory.fill(handle, new Uint8Array(0), 8)
    expect(memory.read(handle)).toEqual(Uint8Array.of(0, 0, 0, 0, 0, 1, 2, 3))
    expect(memory.read(handle, 6)).toEqual(Uint8Array.of(2, 3))
    expect(memory.read(handle, 4, 2)).toEqual(Uint8Array.of(0, 1))
    expect(memory.read(handle, 8)).toEqual(new Uint8Array(0))
  })

  it('is filled from the generator of the kernel', async () => {
    const { memory } = await load()
    const [a, b] = [memory.allocate(1000), memory.allocate(1000)]
    memory.fillRandom(a)
    memory.fillRandom(b)
    expect(memory.equals(a, memory.read(b))).toBe(false)
    expect(new Set(memory.read(a, 900)).size).toBeGreaterThan(40)
  })

  it('gives copies: a change of one changes nothing else', async () => {
    const { memory } = await load()
    const handle = memory.allocate(4)
    memory.read(handle).fill(9)
    expect(memory.read(handle)).toEqual(new Uint8Array(4))
  })

  it('differs from bytes of another length, and from a change of any byte', async () => {
    const { memory } = await load()
    const handle = memory.allocate(40)
    for (const length of [0, 39, 41]) expect(memory.equals(handle, new Uint8Array(length))).toBe(false)
    for (let index = 0; index < 40; index++) {
      const bytes = new Uint8Array(40)
      bytes[index] = 0x80
      expect(memory.equals(handle, bytes)).toBe(false)
    }
  })

  it('refuses sizes, offsets and lengths outside of its limits', async () => {
    const { memory } = await load()
    const handle = memory.allocate(8)
    for (const size of [0, -1, 0.5, Number.NaN, 16_777_217, Number.POSITIVE_INFINITY]) {
      expect(() => memory.allocate(size)).toThrow(expect.objectContaining({ code: 'ERR_INVALID_ARG_VALUE' }))
    }
    expect(() => memory.fill(handle, new Uint8Array(9))).toThrow(TypeError)
    expect(() => memory.fill(handle, new Uint8Array(1), 8)).toThrow(TypeError)
    expect(() => memory.fill(handle, new Uint8Array(1), -1)).toThrow(TypeError)
    expect(() => memory.fill(handle, new Uint8Array(1), 2 ** 53)).toThrow(TypeError)
    expect(() => memory.read(handle, 9)).toThrow(TypeError)
    expect(() => memory.read(handle, 4, 5)).toThrow(TypeError)
    expect(memory.read(handle)).toEqual(new Uint8Array(8))
  })

  it('refuses what is no handle of ours', async () => {
    const { memory } = await load()
    const calls = [memory.read, memory.info, memory.wipe, memory.fillRandom, memory.fill, memory.equals]
    for (const call of calls) {
      for (const value of [undefined, null, 1, {}, [], () => 0, Object.create(memory.allocate(1)), memory]) {
        expect(() => Reflect.apply(call, undefined, [value, new Uint8Array(1)])).toThrow(
          expect.objectContaining({ code: 'ERR_INVALID_ARG_VALUE' })
        )
      }
    }
  })

  it('is gone when it is wiped, and can be wiped again', async () => {
    const { memory } = await load()
    const handle = memory.allocate(8)
    memory.wipe(handle)
    memory.wipe(handle)
    expect(memory.info(handle)).toEqual({ size: 8, kind: 'wiped', locked: false, dontDump: false })
    expect(() => memory.read(handle)).toThrow(TypeError)
    expect(() => memory.fill(handle, new Uint8Array(1))).toThrow(TypeError)
    expect(() => memory.equals(handle, new Uint8Array(8))).toThrow(TypeError)
  })

  it('shows nothing of itself', async () => {
    const { memory } = await load()
    const handle = memory.allocate(8)
    expect(Reflect.ownKeys(handle)).toEqual([])
    expect(JSON.stringify(handle)).toBe('{}')
  })
})

// Kernels without memfd_secret give mlock where this says either.
const locked = expect.stringMatching(/^(?:memfd_secret|mlock)$/)

describeWithAddon('locked memory of a user without privilege', describeLimits, unprivilegedObstacle)

function describeLimits(): void {
  it('is locked within the limit', () => {
    expect(run('return memory.info(memory.allocate(4096))', 64)).toEqual({
      size: 4096,
      kind: locked,
      locked: true,
      dontDump: true
    })
  })

  it('falls back to mlock where secret memory would pass the limit', () => {
    expect(run('return memory.info(memory.allocate(4096))', 4)).toMatchObject({
      kind: 'mlock',
      locked: true,
      dontDump: true
    })
  })

  it('is still given beyond the limit, and says that it is not locked, and why', () => {
    expect(run('return memory.info(memory.allocate(100_000))', 16)).toEqual({
      size: 100_000,
      kind: 'unlocked',
      locked: false,
      dontDump: true,
      lockError: 'ENOMEM'
    })
    expect(run('return memory.info(memory.allocate(1))', 0)).toMatchObject({ kind: 'unlocked', lockError: 'EPERM' })
  })

  it('gives its share of the limit back when it is wiped', () => {
    expect(
      run(
        'return Array.from({ length: 50 }, () => { const h = memory.allocate(4096); const { locked } = memory.info(h); memory.wipe(h); return locked }).every(Boolean)',
        16
      )
    ).toBe(true)
  })

  it('is wiped and given back when its handle is collected', () => {
    const body = `
      const isLocked = () => memory.info(memory.allocate(4096)).locked
      const before = [isLocked(), isLocked(), isLocked(), isLocked(), isLocked()]
      gc()
      await new Promise((resolve) => setTimeout(resolve, 10))
      return [before.at(-1), isLocked()]`
    expect(run(body, 16)).toEqual([false, true])
  })

  it('is wiped and given back when its thread ends', () => {
    const body = `
      const { Worker } = await import('node:worker_threads')
      const held = "import('@tresor/native').then(({ memory }) => { globalThis.kept = [1, 2, 3, 4].map(() => memory.allocate(4096))" +
        "; require('node:worker_threads').parentPort.postMessage(kept.map((h) => memory.info(h).locked)); setInterval(() => 0, 1000) })"
      const worker = new Worker(held, { eval: true, execArgv: [] })
      const kept = await new Promise((resolve) => worker.once('message', resolve))
      const during = memory.info(memory.allocate(4096)).locked
      await worker.terminate()
      return [kept[0], during, memory.info(memory.allocate(4096)).locked]`
    expect(run(body, 16)).toEqual([true, false, true])
  })

  it('lies between pages without access, out of dumps, and cleared in a child', () => {
    const body = `
      memory.fill(memory.allocate(100), new Uint8Array(100).fill(1))
      const { readFileSync } = await import('node:fs')
      const areas = readFileSync('/proc/self/smaps', 'latin1').split(/^(?=[0-9a-f]+-[0-9a-f]+ )/m)
      const index = areas.findIndex((area) => /^VmFlags:(?=.* wf )(?=.* dd )/m.test(area) && / rw-p /.test(area))
      return [areas[index - 1], areas[index], areas[index + 1]].map((area) => area.split(' ')[1])`
    // Without a limit of its own this would be secret memory, which the kernel does not clear but leaves out.
    expect(run(body, 4)).toEqual(['---p', 'rw-p', '---p'])
  })

  it('holds no byte of a key after it is wiped', () => {
    const body = `
      const { closeSync, openSync, readFileSync, readSync } = await import('node:fs')
      const handle = memory.allocate(4096)
      memory.fill(handle, new Uint8Array(4096).fill(0x5a))
      const mapping = readFileSync('/proc/self/smaps', 'latin1').match(/^([0-9a-f]+)-[0-9a-f]+ rw-p(?:(?!^[0-9a-f]+-)[^])*?^VmFlags:(?=.* wf )(?=.* dd )/m)
      const start = parseInt(mapping[1], 16)
      const look = () => {
        const memoryFile = openSync('/proc/self/mem', 'r')
        const bytes = Buffer.alloc(4096)
        try { readSync(memoryFile, bytes, 0, 4096, start); return bytes.includes(Buffer.alloc(64, 0x5a)) }
        catch { return 'not mapped' }
        finally { bytes.fill(0); closeSync(memoryFile) }
      }
      const before = look()
      memory.wipe(handle)
      return [before, look()]`
    const [before, after] = Object.values(Object(run(body, 4)))
    expect(before).toBe(true)
    expect(after).not.toBe(true)
  })
}

/** Runs the body of an async function with `memory` at hand, with that many KiB to lock. */
function run(body: string, lockLimit: number): unknown {
  const script = `
    import { memory } from '@tresor/native'
    const main = async () => { ${body} }
    console.log(JSON.stringify(await main()))`
  return runForResult(script, { ...unprivileged, lockLimit, nodeArgs: ['--expose-gc'] })
}
