// /dev/sev-guest by way of the addon.
import { constants } from 'node:fs'
import { access } from 'node:fs/promises'
import { type Addon, loadAddon } from '../../native/index.js'
import { type DeviceText, explainDeviceFailure } from './failure.js'

export interface SevGuestReportRequest {
  /** 64 bytes. */
  readonly reportData: Uint8Array
  readonly vmpl: number
}

export interface SevGuestReport {
  readonly report: Uint8Array
  /** The host's certificate table, empty where it has none. */
  readonly certificates: Uint8Array
}

/** MSG_KEY_REQ in its numbers. */
export interface SevGuestKeyRequest {
  readonly rootKeySelect: 0 | 1
  readonly guestFieldSelect: bigint
  readonly vmpl: number
  readonly guestSvn: number
  readonly tcbVersion: bigint
  readonly launchMitVector?: bigint
}

/** The requests of the driver. Failures are coded, and say what to do. */
export interface SevGuest {
  getReport(request: SevGuestReportRequest): Promise<Uint8Array>
  getExtendedReport(request: SevGuestReportRequest): Promise<SevGuestReport>
  /** 32 bytes. */
  getDerivedKey(request: SevGuestKeyRequest): Promise<Uint8Array>
}

/** What is used of the addon here. */
export type SevGuestAddon = Pick<Addon, 'snpReport' | 'snpExtendedReport' | 'snpDerivedKey'>

const sevGuest: DeviceText = { path: '/dev/sev-guest', module: 'sev-guest' }

/** The device. Nothing is opened before the first request. */
export function openSevGuest(load: () => Promise<SevGuestAddon> = loadAddon): SevGuest {
  return {
    getReport: (request) => explained(async () => (await load()).snpReport(request)),
    getExtendedReport: (request) => explained(async () => (await load()).snpExtendedReport(request)),
    getDerivedKey: (request) => explained(async () => (await load()).snpDerivedKey(request))
  }
}

/** Succeeds where the device exists, lets this process in, and the addon is there to speak to it. Asks for nothing. */
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
