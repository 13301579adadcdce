import { inspect } from 'node:util'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { UnavailableError } from '../../packages/sdk/src/core/index.js'
import { allocateLockedWith, type LockedMemory } from '../../packages/sdk/src/native/locked-memory.js'

type Load = Parameters<typeof allocateLockedWith>[0]
type Memory = Awaited<ReturnType<Load>>['memory']

/** The addon's memory, in an array. */
function createMemory(locked: boolean): Memory {
  const pages = new Map<object, Uint8Array>()
  const of = (handle: object): Uint8Array => pages.get(handle) ?? new Uint8Array(0)
  const memory = {
    allocate: (size: number) => {
      const handle = {}
      pages.set(handle, new Uint8Array(size))
      return handle
    },
    fill: (handle: object, bytes: Uint8Array, offset = 0) => of(handle).set(bytes, offset),
    fillRandom: (handle: object) => of(handle).fill(7),
    read: (handle: object) => of(handle).slice(),
    equals: (handle: object, bytes: Uint8Array) => of(handle).every((byte, i) => byte === bytes[i]),
    wipe: (handle: object) => of(handle).fill(0),
    info: () => ({ locked, ...(locked ? {} : { lockError: 'ENOMEM' }) })
  }
  return memory as unknown as Memory // handles are opaque, and only `locked` of the info is read
}

const missing: Load = () => Promise.reject(new UnavailableError('ERR_ADDON_MISSING', 'native addon: not installed'))
const said = Symbol.for('@tresor/sdk.memory-warning')

beforeEach(() => {
  Reflect.deleteProperty(process, said)
  vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined)
})
afterEach(() => {
  vi.restoreAllMocks()
})

describe.each<[string, Load, boolean]>([
  ['locked', async () => ({ memory: createMemory(true) }), true],
  ['not locked by the kernel', async () => ({ memory: createMemory(false) }), false],
  ['without the addon', missing, false]
])('memory %s', (_, load, locked) => {
  const allocate = (size = 4): Promise<LockedMemory> => allocateLockedWith(load, size, {})

  test('starts as zeros and keeps what it is given', async () => {
    const memory = await allocate()
    expect(memory).toMatchObject({ size: 4, locked })
    expect(memory.read()).toEqual(new Uint8Array(4))
    memory.fill(Uint8Array.of(1, 2), 1)
    expect(memory.read()).toEqual(Uint8Array.of(0, 1, 2, 0))
    expect(memory.equals(Uint8Array.of(0, 1, 2, 0))).toBe(true)
    expect(memory.equals(Uint8Array.of(0, 1, 2, 1))).toBe(false)
    expect(memory.equals(Uint8Array.of(0, 1, 2))).toBe(false)
  })

  test('can be filled with random bytes', async () => {
    const memory = await allocate(32)
    memory.fillRandom()
    expect(memory.equals(new Uint8Array(32))).toBe(false)
  })

  test('is gone once it is wiped, and may be wiped again', async () => {
    const memory = await allocate()
    memory.wipe()
    memory.wipe()
    const wiped = expect.objectContaining({ code: 'ERR_MEMORY_LOCK' })
    expect(() => memory.read()).toThrow(wiped)
    expect(() => memory.fill(new Uint8Array(1))).toThrow(wiped)
    expect(() => memory.fillRandom()).toThrow(wiped)
    expect(() => memory.equals(new Uint8Array(4))).toThrow(wiped)
  })

  test('refuses to be filled beyond its end', async () => {
    const memory = await allocate()
    const wrong = expect.objectContaining({ code: 'ERR_USAGE_OPTION' })
    expect(() => memory.fill(new Uint8Array(5))).toThrow(wrong)
    expect(() => memory.fill(new Uint8Array(1), 4)).toThrow(wrong)
    expect(() => memory.fill(new Uint8Array(1), -1)).toThrow(wrong)
  })

  test('does not show its content', async () => {
    const memory = await allocate()
    memory.fill(Uint8Array.of(222, 173, 190, 239))
    expect(inspect({ memory })).toBe('{ memory: [redacted 4 bytes] }')
    expect(JSON.stringify({ memory })).toBe('{"memory":"[redacted 4 bytes]"}')
  })

  test(locked ? 'gives no warning' : 'warns once', async () => {
    await allocate()
    await allocate()
    expect(process.emitWarning).toHaveBeenCalledTimes(locked ? 0 : 1)
  })

  test(locked ? 'can be demanded' : 'is refused where locked memory is demanded', async () => {
    const demanded = allocateLockedWith(load, 4, { mustLock: true })
    if (locked) await expect(demanded).resolves.toBeDefined()
    else await expect(demanded).rejects.toMatchObject({ code: 'ERR_MEMORY_LOCK' })
  })
})

test.each([0, -1, 1.5, 2 ** 24 + 1, '4'])('refuses a wrong size: %j', async (size) => {
  await expect(allocateLockedWith(missing, size as number, {})).rejects.toMatchObject({ code: 'ERR_USAGE_OPTION' })
})

test('says so where the kernel has no memory at all', async () => {
  const load: Load = async () => ({
    memory: {
      ...createMemory(true),
      allocate: () => {
        throw Object.assign(new Error('x'), { code: 'ENOMEM' })
      }
    }
  })
  await expect(allocateLockedWith(load, 4, {})).rejects.toMatchObject({ code: 'ERR_MEMORY_LOCK' })
})
