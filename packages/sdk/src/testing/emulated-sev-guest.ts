// What /dev/sev-guest answers, as bytes, for supervisors that emulate the device below an unmodified addon. The rules are those of
// the driver and of the firmware (Linux drivers/virt/coco/sev-guest, AMD 56860 rev 1.58 §7).
import type { SimulatedPlatform } from '../attest/simulator/index.js'

/** How a request ends: the errno of the call (0 for success), exitinfo2, and what is copied back. */
export interface SevGuestOutcome {
  readonly errno: number
  readonly fwError: number
  readonly vmmError: number
  /** Goes to resp_data; empty on failure. */
  readonly response: Uint8Array
  /** Extended requests: goes to certs_address. */
  readonly certificates: Uint8Array
  /** Extended requests: goes to certs_len. */
  readonly certificatesLength?: number
}

export interface EmulatedSevGuest {
  /** 96 bytes. */
  getReport(request: Uint8Array): SevGuestOutcome
  /** 96 bytes as above, and the length of the buffer for certificates: 0 asks for the size. */
  getExtendedReport(request: Uint8Array, certificatesLength: number): SevGuestOutcome
  /** 32 bytes, or 40 with the mitigation vector. */
  getDerivedKey(request: Uint8Array): SevGuestOutcome
}

const errnos = { EIO: 5, EINVAL: 22 } as const
const invalidLength = 1
const pageBytes = 4096
const maxCertificateBytes = 0x4000
const responseBytes = 4000
const headerBytes = 32
const invalidParameters = 0x16

/** The device of `platform`; `certificateTable` is what its host offers, none for a host that offers nothing. */
export function emulateSevGuest(platform: SimulatedPlatform, certificateTable: Uint8Array): EmulatedSevGuest {
  const getReport = (request: Uint8Array): SevGuestOutcome => {
    if (request.length !== 96) return failed(errnos.EINVAL)
    const vmpl = new DataView(request.buffer, request.byteOffset, request.byteLength).getUint32(64, true)
    const { status, report } = platform.answerReportRequest(request.slice(0, 64), vmpl)
    return succeeded(encodeReportResponse(status, report))
  }
  return {
    getReport,
    getExtendedReport: (request, certificatesLength) => {
      if (certificatesLength > maxCertificateBytes || certificatesLength % pageBytes !== 0) return failed(errnos.EINVAL)
      const needed = Math.ceil(certificateTable.length / pageBytes) * pageBytes
      if (needed > certificatesLength) return { ...failed(errnos.EIO, invalidLength), certificatesLength: needed }
      return { ...getReport(request), certificates: certificateTable }
    },
    getDerivedKey: (request) => {
      if (request.length !== 32 && request.length !== 40) return failed(errnos.EINVAL)
      return succeeded(answerKeyRequest(platform, new DataView(request.buffer, request.byteOffset, request.byteLength)))
    }
  }
}

function answerKeyRequest(platform: SimulatedPlatform, request: DataView): Uint8Array {
  const rootKeySelect = request.getUint32(0, true)
  if (rootKeySelect > 1) return encodeKeyResponse(invalidParameters, new Uint8Array(0))
  const { status, key } = platform.answerKeyRequest({
    rootKeySelect: rootKeySelect === 0 ? 0 : 1,
    guestFieldSelect: request.getBigUint64(8, true),
    vmpl: request.getUint32(16, true),
    guestSvn: request.getUint32(20, true),
    tcbVersion: request.getBigUint64(24, true),
    ...(request.byteLength === 40 ? { launchMitVector: request.getBigUint64(32, true) } : {})
  })
  return encodeKeyResponse(status, key)
}

function encodeKeyResponse(status: number, key: Uint8Array): Uint8Array {
  const response = new Uint8Array(64)
  new DataView(response.buffer).setUint32(0, status, true)
  response.set(key, headerBytes)
  return response
}

function encodeReportResponse(status: number, report: Uint8Array): Uint8Array {
  const response = new Uint8Array(responseBytes)
  const view = new DataView(response.buffer)
  view.setUint32(0, status, true)
  view.setUint32(4, report.length, true)
  response.set(report, headerBytes)
  return response
}

function succeeded(response: Uint8Array): SevGuestOutcome {
  return { errno: 0, fwError: 0, vmmError: 0, response, certificates: new Uint8Array(0) }
}

function failed(errno: number, vmmError = 0): SevGuestOutcome {
  return { errno, fwError: 0, vmmError, response: new Uint8Array(0), certificates: new Uint8Array(0) }
}
