import { describe, expect, test, vi } from 'vitest'
import type { HostExchange } from '../../packages/sdk/src/attest/device/index.js'
import { createTdxDevice, type TdxDeviceOptions, type TdxParts } from '../../packages/sdk/src/attest/tdx/device.js'
import { parseQgsPort } from '../../packages/sdk/src/attest/tdx/qgs-port.js'
import { utf8 } from '../../packages/sdk/src/core/index.js'
import { mediaTypes } from '../../packages/sdk/src/evidence/index.js'
import { emulateTdxGuest, fakeIntel, providerContract } from '../../packages/sdk/src/testing/index.js'
import { authenticate } from '../../packages/sdk/src/verify/index.js'
import { fakeReader, paths } from './fake-files.js'
import { errno } from './fake-tsm.js'

const reportData = new Uint8Array(64).fill(9)
const intel = fakeIntel()
const config = { [paths.qgsConfig]: utf8('port=4050\n') }

async function parts(changes: Partial<TdxParts> = {}): Promise<TdxParts> {
  const emulated = emulateTdxGuest(await intel)
  return {
    guest: { getReport: async (data) => emulated.getReport(data) },
    exchange: async (_, request) => emulated.answerQuoteRequest(request),
    read: fakeReader(config),
    ...changes
  }
}

providerContract('tdx-device', async () => createTdxDevice({}, await parts()), { describe, it: test })

test('its quote is genuine', async () => {
  const { root, endorsements } = await intel
  const evidence = await createTdxDevice({}, await parts()).collect({ reportData })
  const complete = { ...evidence, endorsements: endorsements('tdx') }
  const now = new Date('2026-01-02T00:00:00Z')
  await expect(authenticate(complete, { unsafeExtraRoots: [root], now })).resolves.toMatchObject({ kind: 'tdx' })
})

test('asks the port of the configuration, with a message of a known layout', async () => {
  const { exchange, ...rest } = await parts()
  const spy = vi.fn(exchange)
  await createTdxDevice({}, { ...rest, exchange: spy }).collect({ reportData })
  const [port, request] = spy.mock.calls[0] ?? []
  expect(port).toBe(4050)
  expect(request).toHaveLength(4 + 24 + 1024)
  expect([...(request ?? []).slice(0, 28)]).toEqual([
    0, 0, 4, 24, 1, 0, 0, 0, 0, 0, 0, 0, 24, 4, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0
  ])
})

test('asks the port that the caller names, without any configuration', async () => {
  const { exchange, ...rest } = await parts({ read: fakeReader({}) })
  const spy = vi.fn(exchange)
  await createTdxDevice({ port: 77 }, { ...rest, exchange: spy }).collect({ reportData })
  expect(spy.mock.calls[0]?.[0]).toBe(77)
})

test('ships the event log', async () => {
  const log = (await intel).endorsements('tdx').find(({ mediaType }) => mediaType === mediaTypes.eventLog)
  const read = fakeReader({ ...config, [paths.eventLog]: log?.bytes ?? new Uint8Array(0) })
  const { endorsements } = await createTdxDevice({}, await parts({ read })).collect({ reportData })
  expect(endorsements.map(({ mediaType }) => mediaType)).toEqual([mediaTypes.eventLog])
})

describe('a TDREPORT that is not the answer', () => {
  test.each<[string, (report: Uint8Array) => Uint8Array]>([
    ['short', (report) => report.slice(1)],
    ['long', (report) => new Uint8Array([...report, 0])],
    ['over other report data', (report) => report.with(128, 0)],
    ['of another type', (report) => report.with(0, 0)],
    ['with an altered register', (report) => report.with(720, 1)]
  ])('goes to nobody: %s', async (_, change) => {
    const emulated = emulateTdxGuest(await intel)
    const exchange = vi.fn<HostExchange>()
    const guest = { getReport: async (data: Uint8Array) => change(emulated.getReport(data)) }
    await expect(createTdxDevice({}, await parts({ guest, exchange })).collect({ reportData })).rejects.toMatchObject({
      code: 'ERR_DEVICE_RESPONSE'
    })
    expect(exchange).not.toHaveBeenCalled()
  })
})

test('a quote over other report data is refused', async () => {
  const emulated = emulateTdxGuest(await intel)
  const exchange: HostExchange = async (_, request) => {
    const other = emulated.getReport(new Uint8Array(64))
    return emulated.answerQuoteRequest(new Uint8Array([...request.slice(0, 28), ...other]))
  }
  await expect(createTdxDevice({}, await parts({ exchange })).collect({ reportData })).rejects.toMatchObject({
    code: 'ERR_DEVICE_RESPONSE',
    details: { field: 'reportData' }
  })
})

test.each(['ETIMEDOUT', 'ENODEV', 'ECONNRESET', 'ECONNREFUSED', 'EAFNOSUPPORT'])(
  'says that nobody answers, and what to do, for %s',
  async (code) => {
    const exchange: HostExchange = async () => {
      throw errno(code, 'connect')
    }
    await expect(createTdxDevice({}, await parts({ exchange })).collect({ reportData })).rejects.toMatchObject({
      code: 'ERR_DEVICE_MISSING',
      message: expect.stringContaining('4050'),
      details: { errno: code, remedy: expect.stringContaining('qgsd') }
    })
  }
)

test.each([
  ['ETIMEDOUT', 'poll', 'ERR_DEVICE_BUSY'],
  ['EMSGSIZE', 'recv', 'ERR_DEVICE_RESPONSE'],
  ['EACCES', 'socket', 'ERR_DEVICE_PERMISSION'],
  ['EIO', 'send', 'ERR_DEVICE_REFUSED']
])('an exchange that fails with %s at %s is %s', async (errnoCode, syscall, code) => {
  const exchange: HostExchange = async () => {
    throw errno(errnoCode, syscall)
  }
  await expect(createTdxDevice({}, await parts({ exchange })).collect({ reportData })).rejects.toMatchObject({
    code,
    details: { remedy: expect.any(String) }
  })
})

describe('the configuration', () => {
  test.each([
    ['port=4050', 4050],
    ['  port = 4050  \r\n', 4050],
    ['# remark\n\nport=1\n# another', 1],
    ['port=4294967294', 4_294_967_294]
  ])('is read: %j', (text, port) => {
    expect(parseQgsPort(text)).toBe(port)
  })

  test.each([
    '',
    '# port=4050',
    'port=',
    'port=0',
    'port=-1',
    'port=4294967295',
    'port=99999999999',
    'port=0x10',
    'port=4050 # why',
    'port=4050\nport=4051',
    'Port=4050',
    'prot=4050\nport=4050',
    'port=4050\0'
  ])('is refused: %j', (text) => {
    expect(() => parseQgsPort(text)).toThrow(expect.objectContaining({ code: 'ERR_DEVICE_MISSING' }))
  })

  test.each<[string, Uint8Array | string]>([
    ['absent', 'ENOENT'],
    ['forbidden', 'EACCES'],
    ['no text', Uint8Array.of(0xff, 0xfe)]
  ])('that is %s means that there is no service', async (_, content) => {
    const read = fakeReader({ [paths.qgsConfig]: content })
    await expect(createTdxDevice({}, await parts({ read })).collect({ reportData })).rejects.toMatchObject({
      code: 'ERR_DEVICE_MISSING',
      details: { remedy: expect.stringContaining('port=4050') }
    })
  })
})

test.each([{ port: 0 }, { port: '4050' }, { port: 2 ** 32 }, { eventLog: 'no' }, { cid: 2 }])(
  'refuses wrong options: %j',
  async (options) => {
    const all = await parts()
    expect(() => createTdxDevice(options as TdxDeviceOptions, all)).toThrow(
      expect.objectContaining({ code: 'ERR_USAGE_OPTION' })
    )
  }
)
