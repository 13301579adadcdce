import { describe, expect, test, vi } from 'vitest'
import { checkTdxConfigfs, createTdxConfigfs } from '../../packages/sdk/src/attest/tdx/configfs.js'
import type { TdxProviderOptions } from '../../packages/sdk/src/attest/tdx/index.js'
import { concatBytes } from '../../packages/sdk/src/core/index.js'
import { mediaTypes } from '../../packages/sdk/src/evidence/index.js'
import { parseQuote } from '../../packages/sdk/src/evidence/quote/index.js'
import { fakeIntel, providerContract } from '../../packages/sdk/src/testing/index.js'
import { fakeReader, paths } from './fake-files.js'
import { FakeTsm, type FakeTsmOptions } from './fake-tsm.js'

const reportData = new Uint8Array(64).fill(9)
const intel = fakeIntel()

async function guest(options: Partial<FakeTsmOptions> = {}): Promise<FakeTsm> {
  const { tdxQuote } = await intel
  return new FakeTsm({ provider: 'tdx_guest', answer: (inblob) => tdxQuote(inblob), ...options })
}

async function logOf(): Promise<Uint8Array> {
  const log = (await intel).endorsements('tdx').find(({ mediaType }) => mediaType === mediaTypes.eventLog)
  return log?.bytes ?? new Uint8Array(0)
}

const noFiles = fakeReader({})

providerContract('tdx-configfs', async () => createTdxConfigfs({}, await guest(), noFiles), { describe, it: test })

test.each([8000, 16_384])('cuts the quote out of a buffer of %d bytes', async (paddedBytes) => {
  const { tdxQuote } = await intel
  const tsm = await guest({ answer: (inblob) => tdxQuote(inblob, { paddedBytes }) })
  const { bytes } = await createTdxConfigfs({}, tsm, noFiles).collect({ reportData })
  expect(bytes).toHaveLength(parseQuote(tdxQuote(reportData)).byteLength)
})

test('asks with the report data alone, once', async () => {
  const tsm = await guest()
  await createTdxConfigfs({}, tsm, noFiles).collect({ reportData })
  expect(tsm.operations.filter((operation) => operation.startsWith('write'))).toEqual(['write inblob'])
})

describe('the event log', () => {
  test('is shipped without what fills its table up', async () => {
    const log = await logOf()
    const read = fakeReader({ [paths.eventLog]: concatBytes(log, new Uint8Array(4096).fill(0xff)) })
    const { endorsements } = await createTdxConfigfs({}, await guest(), read).collect({ reportData })
    expect(endorsements).toEqual([{ mediaType: mediaTypes.eventLog, bytes: log.slice(0, -64) }])
  })

  test('is left out where the caller wants it so', async () => {
    const read = fakeReader({ [paths.eventLog]: await logOf() })
    const provider = createTdxConfigfs({ eventLog: false }, await guest(), read)
    expect((await provider.collect({ reportData })).endorsements).toEqual([])
  })

  test('is read once', async () => {
    const read = vi.fn(fakeReader({ [paths.eventLog]: await logOf() }))
    const provider = createTdxConfigfs({}, await guest(), read)
    await Promise.all([provider.collect({ reportData }), provider.collect({ reportData })])
    expect(read).toHaveBeenCalledTimes(1)
  })

  test('is not missed where there is none', async () => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined)
    const { endorsements } = await createTdxConfigfs({}, await guest(), noFiles).collect({ reportData })
    expect(endorsements).toEqual([])
    expect(warn).not.toHaveBeenCalled()
    warn.mockRestore()
  })

  test.each<[string, Uint8Array | string]>([
    ['may not be read', 'EACCES'],
    ['is malformed', new Uint8Array(100).fill(0x41)]
  ])('is missed aloud, once, where it %s', async (_, content) => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined)
    const provider = createTdxConfigfs({}, await guest(), fakeReader({ [paths.eventLog]: content }))
    expect((await provider.collect({ reportData })).endorsements).toEqual([])
    await provider.collect({ reportData })
    expect(warn).toHaveBeenCalledExactlyOnceWith(
      expect.stringContaining('event log'),
      expect.objectContaining({ code: 'TRESOR_TDX_EVENT_LOG' })
    )
    warn.mockRestore()
  })
})

describe('an answer that is not what was asked for', () => {
  test.each<[string, string, (quote: Uint8Array) => Uint8Array]>([
    ['empty', 'quote', () => new Uint8Array(0)],
    ['short', 'quote', (quote) => quote.slice(0, -1)],
    ['with something behind it', 'quote', (quote) => concatBytes(quote, Uint8Array.of(1))],
    ['of another version', 'quote', (quote) => quote.with(0, 6)],
    ['zeros', 'quote', () => new Uint8Array(8000)],
    ['over other report data', 'reportData', (quote) => quote.with(48 + 520, 0)]
  ])('is refused: %s', async (_, field, change) => {
    const { tdxQuote } = await intel
    const tsm = await guest({ answer: (inblob) => change(tdxQuote(inblob)) })
    await expect(createTdxConfigfs({}, tsm, noFiles).collect({ reportData })).rejects.toMatchObject({
      code: 'ERR_DEVICE_RESPONSE',
      details: { field, remedy: expect.stringContaining('report it') }
    })
  })

  test('is refused: the quote of an enclave', async () => {
    const { sgxQuote } = await intel
    const tsm = await guest({ answer: (inblob) => sgxQuote(inblob) })
    await expect(createTdxConfigfs({}, tsm, noFiles).collect({ reportData })).rejects.toMatchObject({
      code: 'ERR_DEVICE_RESPONSE'
    })
  })
})

test('works where configfs-tsm is served by the driver of TDX, and nowhere else', async () => {
  await expect(checkTdxConfigfs(await guest())).resolves.toBeUndefined()
  await expect(checkTdxConfigfs(await guest({ provider: 'sev_guest' }))).rejects.toMatchObject({
    code: 'ERR_DEVICE_MISSING',
    details: { actual: 'sev_guest' }
  })
})

test.each([{ eventLog: 1 }, { vmpl: 0 }])('refuses wrong options: %j', async (options) => {
  const tsm = await guest()
  expect(() => createTdxConfigfs(options as TdxProviderOptions, tsm, noFiles)).toThrow(
    expect.objectContaining({ code: 'ERR_USAGE_OPTION' })
  )
})
