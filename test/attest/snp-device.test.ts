import { describe, expect, test, vi } from 'vitest'
import type { SevGuest } from '../../packages/sdk/src/attest/device/index.js'
import { createSnpDevice, type SnpDeviceProvider } from '../../packages/sdk/src/attest/snp/device.js'
import { deriveSnpKey } from '../../packages/sdk/src/attest/snp/index.js'
import { UnavailableError } from '../../packages/sdk/src/core/index.js'
import { fakeAmd, providerContract } from '../../packages/sdk/src/testing/index.js'

const reportData = new Uint8Array(64).fill(9)
const amd = fakeAmd()

/** The device as the addon shows it, answered by the fake platform. */
async function createDevice(changes: Partial<SevGuest> = {}): Promise<SevGuest> {
  const { platform, certificateTable } = await amd
  const getReport: SevGuest['getReport'] = async ({ reportData, vmpl }) =>
    platform.answerReportRequest(reportData, vmpl).report
  return {
    getReport,
    getExtendedReport: async (request) => ({ report: await getReport(request), certificates: certificateTable }),
    getDerivedKey: async (request) => platform.answerKeyRequest(request).key,
    ...changes
  }
}

async function createProvider(changes?: Partial<SevGuest>): Promise<SnpDeviceProvider> {
  return createSnpDevice({}, await createDevice(changes))
}

providerContract('snp-device', () => createProvider(), { describe, it: test })

test('ships the certificates of the host', async () => {
  expect((await (await createProvider()).collect({ reportData })).endorsements).toHaveLength(3)
})

test('asks for the VMPL that it was made for', async () => {
  const provider = createSnpDevice({ vmpl: 2 }, await createDevice())
  expect((await provider.collect({ reportData })).bytes[0x30]).toBe(2)
})

test('asks the device for one thing at a time', async () => {
  const device = await createDevice()
  let running = 0
  let most = 0
  const counted: SevGuest = {
    ...device,
    getExtendedReport: async (request) => {
      most = Math.max(most, ++running)
      await Promise.resolve()
      running--
      return device.getExtendedReport(request)
    }
  }
  const provider = createSnpDevice({}, counted)
  await Promise.all(Array.from({ length: 5 }, () => provider.collect({ reportData })))
  expect(most).toBe(1)
})

describe('a host with more certificates than the driver takes', () => {
  const refusal = (vmmError: number): UnavailableError =>
    new UnavailableError('ERR_DEVICE_REFUSED', 'too long', { details: { vmmError } })

  test('does not keep the guest from its report', async () => {
    const provider = await createProvider({ getExtendedReport: () => Promise.reject(refusal(1)) })
    const { bytes, endorsements } = await provider.collect({ reportData })
    expect(bytes.slice(0x50, 0x90)).toEqual(reportData)
    expect(endorsements).toEqual([])
  })

  test('is not taken for other failures', async () => {
    const provider = await createProvider({ getExtendedReport: () => Promise.reject(refusal(3)) })
    await expect(provider.collect({ reportData })).rejects.toMatchObject({ details: { vmmError: 3 } })
  })
})

describe('a report that is not an answer', () => {
  test.each<[string, string, (report: Uint8Array) => Uint8Array]>([
    ['none', 'report', () => new Uint8Array(0)],
    ['one that is too short', 'report', (report) => report.slice(1)],
    ['of version 0', 'version', (report) => report.with(0, 0)],
    ['over other report data', 'reportData', (report) => report.with(0x50, 0)]
  ])('is refused: %s', async (_, field, change) => {
    const device = await createDevice()
    const provider = await createProvider({
      getExtendedReport: async (request) => ({
        report: change(await device.getReport(request)),
        certificates: new Uint8Array(0)
      })
    })
    await expect(provider.collect({ reportData })).rejects.toMatchObject({
      code: 'ERR_DEVICE_RESPONSE',
      details: { field }
    })
  })
})

describe('derived keys', () => {
  test('come from the device, 32 bytes', async () => {
    const provider = await createProvider()
    const key = await deriveSnpKey(provider, { rootKey: 'vcek', fields: ['measurement'], vmpl: 0 })
    expect(key).toHaveLength(32)
    expect(await deriveSnpKey({ provider }, { rootKey: 'vcek', fields: ['measurement'], vmpl: 0 })).toEqual(key)
  })

  test('are asked for in the numbers of the firmware', async () => {
    const getDerivedKey = vi.fn(async () => new Uint8Array(32))
    const provider = await createProvider({ getDerivedKey })
    await deriveSnpKey(provider, {
      rootKey: 'vmrk',
      fields: ['guestPolicy', 'guestSvn', 'tcbVersion', 'launchMitVector'],
      vmpl: 3,
      guestSvn: 7,
      tcbVersion: Uint8Array.of(1, 2, 0, 0, 0, 0, 3, 4),
      launchMitVector: 5n
    })
    expect(getDerivedKey).toHaveBeenCalledExactlyOnceWith({
      rootKeySelect: 1,
      guestFieldSelect: 0b111_0001n,
      vmpl: 3,
      guestSvn: 7,
      tcbVersion: 0x0403_0000_0000_0201n,
      launchMitVector: 5n
    })
  })

  test('are refused when they have another length', async () => {
    const provider = await createProvider({ getDerivedKey: async () => new Uint8Array(31) })
    await expect(deriveSnpKey(provider, { rootKey: 'vcek', fields: [], vmpl: 0 })).rejects.toMatchObject({
      code: 'ERR_DEVICE_RESPONSE'
    })
  })

  test('are not to be had from a provider that cannot', async () => {
    const { evidence } = await amd
    const other = { kind: 'snp', name: 'other', simulated: true, collect: async () => evidence(reportData) } as const
    await expect(deriveSnpKey(other, { rootKey: 'vcek', fields: [], vmpl: 0 })).rejects.toMatchObject({
      code: 'ERR_USAGE_OPTION'
    })
  })
})
