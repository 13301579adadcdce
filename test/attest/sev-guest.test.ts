import { expect, test, vi } from 'vitest'
import { openSevGuest, type SevGuestAddon } from '../../packages/sdk/src/attest/device/sev-guest.js'

const request = { reportData: new Uint8Array(64), vmpl: 0 }
const keyRequest = { rootKeySelect: 0, guestFieldSelect: 0n, vmpl: 0, guestSvn: 0, tcbVersion: 0n } as const

function createAddon(error?: Error): SevGuestAddon {
  const answer = <T>(value: T): Promise<T> => (error === undefined ? Promise.resolve(value) : Promise.reject(error))
  return {
    snpReport: vi.fn(() => answer(new Uint8Array(1184))),
    snpExtendedReport: vi.fn(() => answer({ report: new Uint8Array(1184), certificates: new Uint8Array(4096) })),
    snpDerivedKey: vi.fn(() => answer(new Uint8Array(32)))
  }
}

test('passes requests to the addon as they are', async () => {
  const addon = createAddon()
  const device = openSevGuest(async () => addon)
  expect(await device.getReport(request)).toHaveLength(1184)
  expect((await device.getExtendedReport(request)).certificates).toHaveLength(4096)
  expect(await device.getDerivedKey(keyRequest)).toHaveLength(32)
  expect(addon.snpReport).toHaveBeenCalledWith(request)
  expect(addon.snpDerivedKey).toHaveBeenCalledWith(keyRequest)
})

test('explains what the addon throws, for every request', async () => {
  const device = openSevGuest(async () =>
    createAddon(Object.assign(new Error('x'), { code: 'ENOTTY', syscall: 'ioctl' }))
  )
  for (const attempt of [
    device.getReport(request),
    device.getExtendedReport(request),
    device.getDerivedKey(keyRequest)
  ]) {
    await expect(attempt).rejects.toMatchObject({ code: 'ERR_DEVICE_KEY_LOST' })
  }
})

test.each([0x16, 0x27, 0x99])('explains a refusal of the firmware: status %d', async (status) => {
  const error = Object.assign(new Error('x'), { code: 'ERR_FIRMWARE_STATUS', syscall: 'ioctl', status })
  await expect(openSevGuest(async () => createAddon(error)).getReport(request)).rejects.toMatchObject({
    code: 'ERR_DEVICE_REFUSED',
    details: { status, remedy: expect.any(String) }
  })
})
