// What an error of a device means and what to do about it: errno of the call, and for SNP what firmware and host said in
// exitinfo2 (Linux include/uapi/linux/sev-guest.h).

import { type ErrorDetails, TresorError, type UnavailableCode, UnavailableError } from '../../core/index.js'
import type { NativeError } from '../../native/index.js'
import { firmwareRefusal } from '../firmware-status.js'

export interface DeviceText {
  readonly path: string
  /** Kernel module that makes the device. */
  readonly module: string
  /** What an errno means for this device in particular. */
  readonly meanings?: Readonly<Record<string, Meaning>>
}

type Meaning = readonly [code: UnavailableCode, reason: string, remedy: string]

/** Turns what the addon threw for `device` into a coded error. */
export function explainDeviceFailure(error: unknown, device: DeviceText): TresorError {
  if (TresorError.is(error)) return error
  if (!isNativeError(error)) {
    return new UnavailableError('ERR_DEVICE_REFUSED', `${device.path}: the addon failed`, { cause: error })
  }
  if (error.status !== undefined) return firmwareRefusal(error.status, device.path, error)
  const [code, reason, remedy] = judge(error, device)
  return new UnavailableError(code, `${device.path}: ${reason} (${describe(error)})`, {
    cause: error,
    details: { ...detailsOf(error), device: device.path, remedy }
  })
}

const vmmInvalidLength = 1
const vmmBusy = 2

function judge(failure: NativeError, device: DeviceText): Meaning {
  if (failure.vmmError === vmmBusy) return throttled
  const meaning = meanings[failure.code]
  return device.meanings?.[failure.code] ?? meaning?.(device) ?? refused(failure)
}

const throttled: Meaning = [
  'ERR_DEVICE_BUSY',
  'the host throttles requests',
  'retry after some seconds; use one piece of evidence for several connections'
]

const tableTooLong: Meaning = [
  'ERR_DEVICE_REFUSED',
  'the certificate table of the host is longer than the driver takes',
  'ask for a report without the table, or the operator of the host for a shorter one'
]

const missing = ({ module }: DeviceText): Meaning => [
  'ERR_DEVICE_MISSING',
  'the device does not exist',
  `inside a guest of this kind load its driver (modprobe ${module}), and pass the device into the container if there is one`
]

const forbidden = ({ path }: DeviceText): Meaning => [
  'ERR_DEVICE_PERMISSION',
  'this process may not open the device',
  `run as root, or let a group in: a udev rule KERNEL=="${path.replace('/dev/', '')}", GROUP="tee", MODE="0660" and this process in the group tee`
]

const busy = (): Meaning => [
  'ERR_DEVICE_BUSY',
  'the device is in use',
  'retry later; look for another process that asks all the time'
]

const meanings: Readonly<Record<string, (device: DeviceText) => Meaning>> = {
  ENOENT: missing,
  ENODEV: missing,
  ENXIO: missing,
  EACCES: forbidden,
  EPERM: forbidden,
  EAGAIN: busy,
  EBUSY: busy,
  EINTR: busy,
  ETIMEDOUT: busy,
  ENOTTY: () => [
    'ERR_DEVICE_KEY_LOST',
    'the driver does not take the request: it has wiped its message key after a failed one, or is another device',
    'reboot the guest: nothing less brings the key back'
  ],
  EBADMSG: () => [
    'ERR_DEVICE_RESPONSE',
    'the answer contradicts itself',
    'report it, with the versions of kernel and firmware'
  ],
  ENOMEM: () => ['ERR_DEVICE_REFUSED', 'the kernel has no memory for the request', 'free memory and retry'],
  EINVAL: () => [
    'ERR_DEVICE_REFUSED',
    'the driver finds the request invalid',
    'ask for a VMPL not below the one of this guest; update kernel or addon if they differ in age'
  ]
}

/** Numbers of a failed message decide whom to ask; with none of them the fault is local. */
function refused({ fwError = 0, vmmError = 0 }: NativeError): Meaning {
  if (vmmError === vmmInvalidLength) return tableTooLong
  if (vmmError !== 0)
    return ['ERR_DEVICE_REFUSED', 'the host refused', 'ask the operator of the host what vmm_error means']
  if (fwError !== 0)
    return ['ERR_DEVICE_REFUSED', 'the firmware refused', 'look fw_error up in AMD document 56860, status codes']
  return ['ERR_DEVICE_REFUSED', 'the kernel refused', 'see dmesg; neither firmware nor host was involved']
}

function describe({ code, fwError = 0, vmmError = 0 }: NativeError): string {
  const parts = [code]
  if (fwError !== 0) parts.push(`fw_error 0x${fwError.toString(16)}`)
  if (vmmError !== 0) parts.push(`vmm_error 0x${vmmError.toString(16)}`)
  return parts.join(', ')
}

function detailsOf({ code, syscall, fwError, vmmError }: NativeError): ErrorDetails {
  return {
    errno: code,
    ...(syscall === undefined ? {} : { syscall }),
    ...(fwError === undefined ? {} : { fwError }),
    ...(vmmError === undefined ? {} : { vmmError })
  }
}

function isNativeError(value: unknown): value is NativeError {
  return value instanceof Error && 'code' in value && typeof value.code === 'string'
}
