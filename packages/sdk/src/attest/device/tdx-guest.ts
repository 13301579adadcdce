// /dev/tdx_guest by way of the addon.
import { constants } from 'node:fs'
import { access } from 'node:fs/promises'
import { type Addon, loadAddon } from '../../native/index.js'
import { type DeviceText, explainDeviceFailure } from './failure.js'

/** The request of the driver. Failures are coded, and say what to do. */
export interface TdxGuest {
  /** The TDREPORT of 1024 bytes over 64 bytes of report data. */
  getReport(reportData: Uint8Array): Promise<Uint8Array>
}

const tdxGuest: DeviceText = {
  path: '/dev/tdx_guest',
  module: 'tdx-guest',
  meanings: {
    ENOTTY: [
      'ERR_DEVICE_REFUSED',
      'the driver does not know the request',
      'update the kernel: Linux 6.2 or newer does'
    ],
    EINVAL: [
      'ERR_DEVICE_REFUSED',
      'the driver finds the request invalid',
      'update kernel or addon if they differ in age'
    ],
    EIO: [
      'ERR_DEVICE_REFUSED',
      'the TDX module gave no report',
      'see dmesg, and report it with the version of the module'
    ]
  }
}

/** The device. Nothing is opened before the first request. */
export function openTdxGuest(load: () => Promise<Pick<Addon, 'tdxReport'>> = loadAddon): TdxGuest {
  return { getReport: (reportData) => explained(async () => (await load()).tdxReport({ reportData })) }
}

/** Succeeds where the device exists, lets this process in, and the addon is there to speak to it. Asks for nothing. */
export async function assertTdxGuest(): Promise<void> {
  await explained(() => access(tdxGuest.path, constants.R_OK | constants.W_OK))
  await loadAddon()
}

async function explained<T>(operation: () => Promise<T>): Promise<T> {
  try {
    return await operation()
  } catch (error) {
    throw explainDeviceFailure(error, tdxGuest)
  }
}
