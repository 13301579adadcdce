import { describe, expect, test } from 'vitest'
import { createRtmrAccess } from '../../packages/sdk/src/attest/tdx/rtmr.js'
import { configfsRtmrs, type RtmrFiles } from '../../packages/sdk/src/attest/tdx/rtmr-configfs.js'
import type { ExtendableRtmr, RtmrAccess } from '../../packages/sdk/src/attest/tdx/rtmr-interface.js'
import { sysfsRtmrs } from '../../packages/sdk/src/attest/tdx/rtmr-sysfs.js'
import { errno } from './fake-tsm.js'

const digest = new Uint8Array(48).fill(5)
const sysfs = '/sys/devices/virtual/misc/tdx_guest/measurements'
const configfs = '/sys/kernel/config/tsm/rtmrs'

/** Registers as files: a write of 48 bytes is remembered, and a path that is not there fails as the kernel's. */
class FakeRegisters implements RtmrFiles {
  readonly files = new Map<string, Uint8Array>()
  readonly writes: (readonly [path: string, value: Uint8Array])[] = []
  readonly failures = new Map<string, string>()

  async read(path: string): Promise<Uint8Array> {
    this.#fail(`read ${path}`)
    const value = this.files.get(path)
    if (value === undefined) throw errno('ENOENT', 'open')
    return value
  }

  async write(path: string, bytes: Uint8Array): Promise<void> {
    this.#fail(`write ${path}`)
    if (!this.files.has(path)) throw errno('ENOENT', 'open')
    this.writes.push([path, bytes])
    if (path.endsWith('/index')) this.files.set(path, new Uint8Array([...bytes, 10]))
  }

  async list(path: string): Promise<readonly string[]> {
    this.#fail(`list ${path}`)
    const names = [...this.files.keys()].filter((file) => file.startsWith(`${path}/`))
    return [...new Set(names.map((name) => name.slice(path.length + 1).split('/')[0] ?? ''))]
  }

  async makeDirectory(path: string): Promise<void> {
    this.#fail(`mkdir ${path}`)
    this.files.set(`${path}/index`, new Uint8Array(0))
    this.files.set(`${path}/digest`, new Uint8Array(48).fill(9))
  }

  #fail(operation: string): void {
    const code = this.failures.get(operation)
    if (code !== undefined) throw errno(code, operation)
  }
}

function inSysfs(): FakeRegisters {
  const registers = new FakeRegisters()
  for (const i of [0, 1, 2, 3]) registers.files.set(`${sysfs}/rtmr${i}:sha384`, new Uint8Array(48).fill(i))
  return registers
}

function inConfigfs(): FakeRegisters {
  const registers = new FakeRegisters()
  registers.files.set(`${configfs}/other/index`, new TextEncoder().encode('2\n'))
  registers.files.set(`${configfs}/other/digest`, new Uint8Array(48).fill(2))
  return registers
}

function accessTo(registers: FakeRegisters): RtmrAccess {
  return createRtmrAccess(sysfsRtmrs(registers), configfsRtmrs(registers))
}

describe('in sysfs', () => {
  test('the four registers are read', async () => {
    expect(await accessTo(inSysfs()).readRtmrs()).toEqual([0, 1, 2, 3].map((i) => new Uint8Array(48).fill(i)))
  })

  test.each([2, 3] as const)('RTMR%d is extended with one write of the digest', async (index) => {
    const registers = inSysfs()
    await accessTo(registers).extendRtmr(index, digest)
    expect(registers.writes).toEqual([[`${sysfs}/rtmr${index}:sha384`, digest]])
  })

  test('a digest that the caller changes meanwhile is extended as it was', async () => {
    const registers = inSysfs()
    const buffer = digest.slice()
    const extending = accessTo(registers).extendRtmr(3, buffer)
    buffer.fill(0)
    await extending
    expect(registers.writes[0]?.[1]).toEqual(digest)
  })

  test.each([
    ['EACCES', 'ERR_DEVICE_PERMISSION'],
    ['EROFS', 'ERR_DEVICE_PERMISSION'],
    ['EBUSY', 'ERR_DEVICE_BUSY'],
    ['EIO', 'ERR_DEVICE_REFUSED'],
    ['EINVAL', 'ERR_DEVICE_REFUSED']
  ])('%s is %s, with a remedy', async (errnoCode, code) => {
    const registers = inSysfs()
    registers.failures.set(`write ${sysfs}/rtmr3:sha384`, errnoCode)
    await expect(accessTo(registers).extendRtmr(3, digest)).rejects.toMatchObject({
      code,
      details: { field: 'RTMR3', errno: errnoCode, remedy: expect.any(String) }
    })
  })

  test.each([0, 47, 49])('a register of %d bytes is refused', async (length) => {
    const registers = inSysfs()
    registers.files.set(`${sysfs}/rtmr1:sha384`, new Uint8Array(length))
    await expect(accessTo(registers).readRtmrs()).rejects.toMatchObject({ code: 'ERR_DEVICE_RESPONSE' })
  })
})

describe('in configfs, where sysfs has nothing', () => {
  test("another's directory for the same register is used", async () => {
    const registers = inConfigfs()
    await accessTo(registers).extendRtmr(2, digest)
    expect(registers.writes).toEqual([[`${configfs}/other/digest`, digest]])
  })

  test('a directory is made where there is none', async () => {
    const registers = inConfigfs()
    await accessTo(registers).extendRtmr(3, digest)
    expect(registers.writes).toEqual([
      [`${configfs}/tresor-rtmr3/index`, new TextEncoder().encode('3')],
      [`${configfs}/tresor-rtmr3/digest`, digest]
    ])
  })

  test('the four registers are read', async () => {
    const values = await accessTo(inConfigfs()).readRtmrs()
    expect(values.map((value) => value[0])).toEqual([9, 9, 2, 9])
  })

  test('what fails there is said', async () => {
    const registers = inConfigfs()
    registers.failures.set(`write ${configfs}/other/digest`, 'EACCES')
    await expect(accessTo(registers).extendRtmr(2, digest)).rejects.toMatchObject({ code: 'ERR_DEVICE_PERMISSION' })
  })
})

test('where neither is there, the remedy is for the newer', async () => {
  const registers = new FakeRegisters()
  registers.failures.set(`list ${configfs}`, 'ENOENT')
  await expect(accessTo(registers).readRtmrs()).rejects.toMatchObject({
    code: 'ERR_DEVICE_MISSING',
    details: { remedy: expect.stringContaining('6.16') }
  })
})

test.each([
  [0, digest],
  [1, digest],
  [4, digest],
  [2, new Uint8Array(47)],
  [3, new Uint8Array(64)],
  [3, 'digest']
])('refuses index %d with %o', async (index, value) => {
  const registers = inSysfs()
  await expect(accessTo(registers).extendRtmr(index as ExtendableRtmr, value as Uint8Array)).rejects.toMatchObject({
    code: 'ERR_USAGE_OPTION'
  })
  expect(registers.writes).toEqual([])
})
