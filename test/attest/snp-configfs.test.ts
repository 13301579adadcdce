import { describe, expect, test, vi } from 'vitest'
import { checkSnpConfigfs, createSnpConfigfs } from '../../packages/sdk/src/attest/snp/configfs.js'
import { type FakeAmd, fakeAmd, providerContract } from '../../packages/sdk/src/testing/index.js'
import { FakeTsm, type FakeTsmOptions } from './fake-tsm.js'

const reportData = new Uint8Array(64).fill(9)
const amd = fakeAmd()

async function guest(options: Partial<FakeTsmOptions> = {}): Promise<FakeTsm> {
  const { report, certificateTable } = await amd
  const answer: FakeTsmOptions['answer'] = (inblob, vmpl) => report(inblob, { vmpl })
  return new FakeTsm({ answer, auxblob: certificateTable, ...options })
}

providerContract('snp-configfs', async () => createSnpConfigfs({}, await guest()), { describe, it: test })

test('ships the certificates of the table behind the report', async () => {
  const { certificates }: FakeAmd = await amd
  const { bytes, endorsements } = await createSnpConfigfs({}, await guest()).collect({ reportData })
  expect(bytes).toHaveLength(1184)
  expect(endorsements).toEqual(
    [certificates.leaf, certificates.ask, certificates.ark].map((der) => ({
      mediaType: 'application/pkix-cert',
      bytes: der
    }))
  )
})

test('asks for the VMPL that it was made for', async () => {
  const { bytes } = await createSnpConfigfs({ vmpl: 3 }, await guest()).collect({ reportData })
  expect(bytes[0x30]).toBe(3)
})

test('asks the device for keys, which configfs does not give', async () => {
  const asked: unknown[] = []
  const getDerivedKey = async (request: unknown) => {
    asked.push(request)
    return new Uint8Array(32).fill(4)
  }
  const provider = createSnpConfigfs({}, await guest(), { getDerivedKey })
  const request = { rootKey: 'vcek', fields: ['measurement'], vmpl: 0 } as const
  expect(await provider.deriveKey(request)).toEqual(new Uint8Array(32).fill(4))
  expect(asked).toEqual([{ rootKeySelect: 0, guestFieldSelect: 8n, vmpl: 0, guestSvn: 0, tcbVersion: 0n }])
})

test.each([{ vmpl: 4 }, { vmpl: '0' }, { level: 0 }])('refuses wrong options: %j', async (options) => {
  const tsm = await guest()
  expect(() => createSnpConfigfs(options as object, tsm)).toThrow(expect.objectContaining({ code: 'ERR_USAGE_OPTION' }))
})

describe('an answer that is not what was asked for', () => {
  test.each<[string, string, (report: Uint8Array) => Uint8Array]>([
    ['empty', 'report', () => new Uint8Array(0)],
    ['short', 'report', (report) => report.slice(1)],
    ['long', 'report', (report) => new Uint8Array([...report, 0])],
    ['of version 1', 'version', (report) => report.with(0, 1)],
    ['over other report data', 'reportData', (report) => report.with(0x50, 0)]
  ])('is refused: %s', async (_, field, change) => {
    const { report } = await amd
    const tsm = await guest({ answer: (inblob) => change(report(inblob)) })
    await expect(createSnpConfigfs({}, tsm).collect({ reportData })).rejects.toMatchObject({
      code: 'ERR_DEVICE_RESPONSE',
      details: { field }
    })
  })
})

test.each<[string, Uint8Array | undefined]>([
  ['no table', undefined],
  ['an empty table', new Uint8Array(0)],
  ['a page of zeros', new Uint8Array(4096)]
])('attests without endorsements where the host gives %s', async (_, auxblob) => {
  const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined)
  const { endorsements } = await createSnpConfigfs({}, await guest({ auxblob })).collect({ reportData })
  expect(endorsements).toEqual([])
  expect(warn).not.toHaveBeenCalled()
  warn.mockRestore()
})

test('attests, and warns once, where the host gives a malformed table', async () => {
  const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined)
  const provider = createSnpConfigfs({}, await guest({ auxblob: new Uint8Array(4096).fill(0x41) }))
  expect((await provider.collect({ reportData })).endorsements).toEqual([])
  await provider.collect({ reportData })
  expect(warn).toHaveBeenCalledExactlyOnceWith(
    expect.stringContaining('certificate table'),
    expect.objectContaining({ code: 'TRESOR_SNP_TABLE' })
  )
  warn.mockRestore()
})

test('works where configfs-tsm is served by the driver of SNP, and nowhere else', async () => {
  await expect(checkSnpConfigfs(await guest())).resolves.toBeUndefined()
  await expect(checkSnpConfigfs(await guest({ provider: 'tdx_guest' }))).rejects.toMatchObject({
    code: 'ERR_DEVICE_MISSING'
  })
})
