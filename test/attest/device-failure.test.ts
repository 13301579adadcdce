import { describe, expect, test } from 'vitest'
import { explainDeviceFailure } from '../../packages/sdk/src/attest/device/failure.js'
import { UnavailableError } from '../../packages/sdk/src/core/index.js'

const device = { path: '/dev/sev-guest', module: 'sev-guest' }

function failure(code: string, numbers: { fwError?: number; vmmError?: number } = {}): Error {
  return Object.assign(new Error(`${code} in ioctl`), { code, errno: 1, syscall: 'ioctl', ...numbers })
}

describe('a failure of the device', () => {
  test.each([
    ['ENOENT', {}, 'ERR_DEVICE_MISSING', /modprobe sev-guest/],
    ['ENODEV', {}, 'ERR_DEVICE_MISSING', /modprobe sev-guest/],
    ['ENXIO', {}, 'ERR_DEVICE_MISSING', /modprobe sev-guest/],
    ['EACCES', {}, 'ERR_DEVICE_PERMISSION', /udev rule KERNEL=="sev-guest".*MODE="0660".*group/],
    ['EPERM', {}, 'ERR_DEVICE_PERMISSION', /group/],
    ['EAGAIN', {}, 'ERR_DEVICE_BUSY', /retry/],
    ['EBUSY', {}, 'ERR_DEVICE_BUSY', /retry/],
    ['EINTR', {}, 'ERR_DEVICE_BUSY', /retry/],
    ['ETIMEDOUT', {}, 'ERR_DEVICE_BUSY', /retry/],
    ['EIO', { vmmError: 2 }, 'ERR_DEVICE_BUSY', /several connections/],
    ['ENOTTY', {}, 'ERR_DEVICE_KEY_LOST', /reboot/],
    ['EINVAL', {}, 'ERR_DEVICE_REFUSED', /VMPL/],
    ['ENOMEM', {}, 'ERR_DEVICE_REFUSED', /memory/],
    ['EIO', { fwError: 0x16 }, 'ERR_DEVICE_REFUSED', /56860/],
    ['EIO', { vmmError: 0x8000_0000 }, 'ERR_DEVICE_REFUSED', /operator of the host/],
    ['EIO', { fwError: 0, vmmError: 0 }, 'ERR_DEVICE_REFUSED', /neither firmware nor host/],
    ['EFAULT', {}, 'ERR_DEVICE_REFUSED', /dmesg/]
  ] as const)('%s with %j is %s, with what to do', (errno, numbers, code, remedy) => {
    expect(explainDeviceFailure(failure(errno, numbers), device)).toMatchObject({
      code,
      details: { errno, device: '/dev/sev-guest', syscall: 'ioctl', ...numbers, remedy: expect.stringMatching(remedy) }
    })
  })

  test('names the numbers of firmware and host', () => {
    const { message } = explainDeviceFailure(failure('EIO', { fwError: 0x16, vmmError: 3 }), device)
    expect(message).toContain('EIO, fw_error 0x16, vmm_error 0x3')
  })

  test('passes on what is explained already', () => {
    const error = new UnavailableError('ERR_ADDON_MISSING', 'no addon')
    expect(explainDeviceFailure(error, device)).toBe(error)
  })

  test('keeps an unknown error as the cause', () => {
    const cause = new Error('odd')
    expect(explainDeviceFailure(cause, device)).toMatchObject({ code: 'ERR_DEVICE_REFUSED', cause })
  })
})
