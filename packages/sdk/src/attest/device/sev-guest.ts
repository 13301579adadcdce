// /dev/sev-guest by way of the addon.
import { constants } from 'node:fs'
import { access } from 'node:fs/promises'
import { loadAddon } from './addon.js'
import { type DeviceText, explainDeviceFailure } from './failure.js'

export interface SevGuestAnswer {
  /** The response buffer of the driver: status, size, reserved bytes, report. */
  readonly response: Uint8Array
  /** The host's certificate table, empty where it has none. */
  readonly certificates: Uint8Array
}

/** The requests of the driver. One at a time: the caller sees to that. */
export interface SevGuest {
  getExtendedReport(request: { readonly reportData: Uint8Array; readonly vmpl: number }): Promise<SevGuestAnswer>
  /** 32 or 40 bytes in, 64 out. */
  getDerivedKey(request: Uint8Array): Promise<Uint8Array>
}

const sevGuest: DeviceText = { path: '/dev/sev-guest', module: 'sev-guest' }

/** The device. Nothing is opened before the first request. */
export function openSevGuest(): SevGuest {
  return {
    getExtendedReport: (request) => explained(async () => (await loadAddon()).snpGetExtReport(request)),
    getDerivedKey: (request) => explained(async () => (await loadAddon()).snpGetDerivedKey(request))
  }
}

/** Succeeds where the device exists, lets this process in, and the addon is there to speak to it. */
export async function assertSevGuest(): Promise<void> {
  await explained(() => access(sevGuest.path, constants.R_OK | constants.W_OK))
  await loadAddon()
}

async function explained<T>(operation: () => Promise<T>): Promise<T> {
  try {
    return await operation()
  } catch (error) {
    throw explainDeviceFailure(error, sevGuest)
  }
}
