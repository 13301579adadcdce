import { existsSync } from 'node:fs'
import { expect, it } from 'vitest'
import { type Addon, describeWithAddon } from './addon.js'

const reportData = new Uint8Array(64)
const key = { rootKeySelect: 0, guestFieldSelect: 1n, vmpl: 0, guestSvn: 0, tcbVersion: 0n } as const
const exchange = {
  cid: 2,
  port: 4050,
  request: new Uint8Array(4),
  maxResponse: 64,
  lengthPrefixed: true,
  timeoutMs: 100
} as const

interface Call {
  readonly name: Exclude<keyof Addon, 'aead' | 'memory'>
  readonly options: object
  readonly device?: string
  /** Options that must be refused, each with the name of the field. */
  readonly wrong: readonly (readonly [field: string, value: unknown])[]
}

const integers = [-1, 0.5, Number.NaN, 2 ** 32, '1', null, undefined, 1n] as const
const bigints = [-1n, 2n ** 64n, 1, '1', null, undefined] as const
const byteArrays = [new Uint8Array(0), new Uint16Array(64), new ArrayBuffer(64), [1], 'text', null, undefined] as const

const calls: readonly Call[] = [
  {
    name: 'snpReport',
    options: { reportData, vmpl: 0 },
    device: '/dev/sev-guest',
    wrong: [...reportDataFaults(), ...faults('vmpl', [...integers, 4])]
  },
  {
    name: 'snpExtendedReport',
    options: { reportData, vmpl: 0 },
    device: '/dev/sev-guest',
    wrong: [
      ...reportDataFaults(),
      ...faults('vmpl', [...integers, 4]),
      ...faults('certificatesBytes', [-1, 0x4001, '4096', null])
    ]
  },
  {
    name: 'snpDerivedKey',
    options: key,
    device: '/dev/sev-guest',
    wrong: [
      ...faults('rootKeySelect', [...integers, 2]),
      ...faults('guestFieldSelect', bigints),
      ...faults('vmpl', [...integers, 4]),
      ...faults('guestSvn', integers),
      ...faults('tcbVersion', bigints),
      ...faults('launchMitVector', [-1n, 2n ** 64n, 1, null])
    ]
  },
  { name: 'tdxReport', options: { reportData }, device: '/dev/tdx_guest', wrong: reportDataFaults() },
  {
    name: 'nsmRequest',
    options: { request: new Uint8Array(0x1000) },
    device: '/dev/nsm',
    wrong: faults('request', [...byteArrays, new Uint8Array(0x1001)])
  },
  {
    name: 'vsockRequest',
    options: exchange,
    wrong: [
      ...faults('cid', integers),
      ...faults('port', integers),
      ...faults('request', [...byteArrays, new Uint8Array((1 << 20) + 1)]),
      ...faults('maxResponse', [...integers, (1 << 20) + 1]),
      ...faults('lengthPrefixed', [1, 'true', null, undefined]),
      ...faults('timeoutMs', [...integers, 120_001, 0])
    ]
  }
]

describeWithAddon('a call', (load) => {
  for (const { name, options, device } of calls) {
    if (device === undefined) continue
    const present = existsSync(device)
    it.skipIf(present)(
      `${name} rejects with ENOENT where there is no ${device}${present ? ' (there is one)' : ''}`,
      async () => {
        const addon = await load()
        const failure = await invoke(addon, name, options).catch((error: unknown) => error)
        expect(failure).toBeInstanceOf(Error)
        expect({ ...Object(failure) }).toEqual({ code: 'ENOENT', errno: -2, syscall: 'open' })
        expect(String(failure)).toBe(`Error: ENOENT: open ${device}`)
      }
    )
  }

  it.each(calls)('$name throws for every wrong option before it does anything', async ({ name, options, wrong }) => {
    const addon = await load()
    for (const [field, value] of wrong) {
      const act = (): unknown => invoke(addon, name, { ...options, [field]: value })
      expect(act, `${field}: ${String(value)}`).toThrow(TypeError)
      expect(act).toThrow(
        expect.objectContaining({ code: 'ERR_INVALID_ARG_VALUE', message: expect.stringMatching(`^${field}: `) })
      )
    }
  })

  it.each(calls)('$name takes exactly one object', async ({ name, options }) => {
    const addon = await load()
    for (const args of [[], [options, options], [null], ['text'], [undefined]]) {
      expect(() => Reflect.apply(addon[name], undefined, args)).toThrow(TypeError)
    }
  })

  it('hands on what a getter throws', async () => {
    const { tdxReport } = await load()
    const options = {
      get reportData(): Uint8Array {
        throw new RangeError('from the getter')
      }
    }
    expect(() => tdxReport(options)).toThrow(new RangeError('from the getter'))
  })

  it('reads a view of a larger buffer, and of shared memory', async () => {
    const { tdxReport } = await load()
    const views = [new Uint8Array(100).subarray(10, 74), new Uint8Array(new SharedArrayBuffer(64))]
    for (const view of views) await expect(tdxReport({ reportData: view })).rejects.toHaveProperty('syscall')
  })

  it('refuses a buffer that has been detached', async () => {
    const { tdxReport } = await load()
    const detached = new Uint8Array(64)
    structuredClone(detached.buffer, { transfer: [detached.buffer] })
    expect(() => tdxReport({ reportData: detached })).toThrow(TypeError)
  })

  it('rejects each of many at once', async () => {
    const { nsmRequest } = await load()
    const request = new Uint8Array(8)
    const results = await Promise.allSettled(Array.from({ length: 200 }, () => nsmRequest({ request })))
    expect(new Set(results.map((result) => result.status)).size).toBe(1)
  })
})

/** Calls with options that the types would not allow. */
function invoke(addon: Addon, name: Call['name'], options: object): Promise<unknown> {
  return Reflect.apply(addon[name], undefined, [options])
}

function faults(field: string, values: readonly unknown[]): readonly (readonly [string, unknown])[] {
  return values.map((value) => [field, value] as const)
}

function reportDataFaults(): readonly (readonly [string, unknown])[] {
  return faults('reportData', [...byteArrays, new Uint8Array(63), new Uint8Array(65)])
}
