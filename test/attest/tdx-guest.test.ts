import { expect, test, vi } from 'vitest'
import { exchangeWithHost, openTdxGuest } from '../../packages/sdk/src/attest/device/index.js'
import { attest, tdxSimulator } from '../../packages/sdk/src/attest/index.js'
import { checkTdxDevice } from '../../packages/sdk/src/attest/tdx/device.js'
import { authenticate, policyFrom, verify } from '../../packages/sdk/src/verify/index.js'
import { fakeReader } from './fake-files.js'
import { errno } from './fake-tsm.js'

test('passes report data to the addon, and the report back', async () => {
  const tdxReport = vi.fn(async () => new Uint8Array(1024))
  const guest = openTdxGuest(async () => ({ tdxReport }))
  const reportData = new Uint8Array(64).fill(1)
  expect(await guest.getReport(reportData)).toHaveLength(1024)
  expect(tdxReport).toHaveBeenCalledExactlyOnceWith({ reportData })
})

test.each([
  ['ENOENT', 'ERR_DEVICE_MISSING', 'modprobe tdx-guest'],
  ['EACCES', 'ERR_DEVICE_PERMISSION', 'KERNEL=="tdx_guest"'],
  ['EBUSY', 'ERR_DEVICE_BUSY', 'retry'],
  ['ENOTTY', 'ERR_DEVICE_REFUSED', 'update the kernel'],
  ['EINVAL', 'ERR_DEVICE_REFUSED', 'differ in age'],
  ['EIO', 'ERR_DEVICE_REFUSED', 'dmesg']
])('%s of the device is %s, with what to do', async (code, expected, remedy) => {
  const tdxReport = (): Promise<Uint8Array> => Promise.reject(errno(code, 'ioctl'))
  await expect(openTdxGuest(async () => ({ tdxReport })).getReport(new Uint8Array(64))).rejects.toMatchObject({
    code: expected,
    details: { device: '/dev/tdx_guest', remedy: expect.stringContaining(remedy) }
  })
})

test('asks the host, on the port, with the length in front', async () => {
  const vsockRequest = vi.fn(async () => Uint8Array.of(0, 0, 0, 0))
  const request = Uint8Array.of(0, 0, 0, 1, 9)
  await exchangeWithHost(async () => ({ vsockRequest }))(4050, request, 100)
  expect(vsockRequest).toHaveBeenCalledExactlyOnceWith(
    expect.objectContaining({ cid: 2, port: 4050, request, maxResponse: 100, lengthPrefixed: true })
  )
})

test('there is no device where there is none', async () => {
  await expect(checkTdxDevice(fakeReader({}))).rejects.toMatchObject({ code: 'ERR_DEVICE_MISSING' })
})

test('evidence of a TD travels, and says the same at its end', async () => {
  const nonce = new Uint8Array(32).fill(3)
  const evidence = await attest(tdxSimulator({ version: 5 }), { nonce })
  const policy = policyFrom(await authenticate(evidence, { allowSimulator: true }))
  await expect(verify(evidence, { policy, nonce })).resolves.toMatchObject({ kind: 'tdx', simulated: true })
  await expect(verify(evidence, { policy, nonce: new Uint8Array(32) })).rejects.toMatchObject({
    code: 'ERR_POLICY_REPORT_DATA'
  })
})
