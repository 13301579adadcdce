import { describe, expect, test } from 'vitest'
import type { SevGuest } from '../../packages/sdk/src/attest/device/index.js'
import { createSnpDevice, type SnpDeviceProvider } from '../../packages/sdk/src/attest/snp/device.js'
import { deriveSnpKey } from '../../packages/sdk/src/attest/snp/index.js'
import { emulateSevGuest, fakeAmd, providerContract } from '../../packages/sdk/src/testing/index.js'

const reportData = new Uint8Array(64).fill(9)
const amd = fakeAmd()

/** The addon, replaced: what it hands over is what the emulated driver answers. */
async function createDevice(change: (response: Uint8Array) => Uint8Array = (response) => response): Promise<SevGuest> {
  const { platform, certificateTable } = await amd
  const emulated = emulateSevGuest(platform, certificateTable)
  return {
    getExtendedReport: async ({ reportData, vmpl }) => {
      const request = new Uint8Array(96)
      request.set(reportData)
      request[64] = vmpl
      const { response, certificates } = emulated.getExtendedReport(request, 0x4000)
      return { response: change(response), certificates }
    },
    getDerivedKey: async (request) => change(emulated.getDerivedKey(request).response)
  }
}

async function createProvider(change?: (response: Uint8Array) => Uint8Array): Promise<SnpDeviceProvider> {
  return createSnpDevice({}, await createDevice(change))
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

describe('a response that is not an answer', () => {
  test.each<[string, object, (response: Uint8Array) => Uint8Array]>([
    ['status 0x16', { code: 'ERR_DEVICE_REFUSED', details: { status: 0x16 } }, (response) => response.with(0, 0x16)],
    ['status 0x27', { code: 'ERR_DEVICE_REFUSED', details: { status: 0x27 } }, (response) => response.with(0, 0x27)],
    [
      'another status',
      { code: 'ERR_DEVICE_REFUSED', details: { status: 0x1_0000 } },
      (response) => response.with(2, 1)
    ],
    ['no header', { code: 'ERR_DEVICE_RESPONSE' }, (response) => response.slice(0, 31)],
    ['a size beyond its end', { code: 'ERR_DEVICE_RESPONSE' }, (response) => response.with(6, 1)],
    ['a smaller report', { code: 'ERR_DEVICE_RESPONSE' }, (response) => response.with(4, 0)],
    ['other report data', { code: 'ERR_DEVICE_RESPONSE' }, (response) => response.with(32 + 0x50, 0)]
  ])('is refused: %s', async (_, expected, change) => {
    await expect((await createProvider(change)).collect({ reportData })).rejects.toMatchObject(expected)
  })
})

describe('derived keys', () => {
  test('come from the device, 32 bytes', async () => {
    const provider = await createProvider()
    const key = await deriveSnpKey(provider, { rootKey: 'vcek', fields: ['measurement'], vmpl: 0 })
    expect(key).toHaveLength(32)
    expect(await deriveSnpKey({ provider }, { rootKey: 'vcek', fields: ['measurement'], vmpl: 0 })).toEqual(key)
  })

  test('are refused when the firmware refuses', async () => {
    const provider = await createProvider()
    await expect(deriveSnpKey(provider, { rootKey: 'vmrk', fields: [], vmpl: 0 })).rejects.toMatchObject({
      code: 'ERR_DEVICE_REFUSED',
      details: { status: 0x27 }
    })
  })

  test('are refused when the response has another length', async () => {
    const provider = await createProvider((response) => response.slice(1))
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
