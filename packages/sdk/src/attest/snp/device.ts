// SNP reports and derived keys through /dev/sev-guest, by way of the addon: for kernels before configfs-tsm, and for keys.
import { UnavailableError } from '../../core/index.js'
import type { Evidence } from '../../evidence/index.js'
import { assertSevGuest, openSevGuest, type SevGuest, type SevGuestAnswer } from '../device/index.js'
import type { CollectRequest, EvidenceProvider } from '../provider.js'
import { RequestQueue } from '../request-queue.js'
import { encodeSnpKeyRequest, parseSnpKeyResponse, type SnpKeyDeriver } from './derived-key.js'
import { createTableReader } from './endorsements.js'
import { expectReportData, expectVmpl, type SnpProviderOptions } from './options.js'
import { expectSnpReport } from './response.js'
import { expectFirmwareSuccess } from './status.js'

const name = 'snp-device'

export interface SnpDeviceProvider extends EvidenceProvider, SnpKeyDeriver {}

/** Evidence and keys of this SNP guest through its device, with the certificates that the host gives. Needs the addon. */
export function snpDevice(options: SnpProviderOptions = {}): SnpDeviceProvider {
  return createSnpDevice(options, openSevGuest())
}

export function createSnpDevice(options: SnpProviderOptions, device: SevGuest): SnpDeviceProvider {
  const vmpl = expectVmpl(options, name) ?? 0
  const queue = new RequestQueue()
  const readTable = createTableReader(name)
  const collect = async (reportData: Uint8Array): Promise<Evidence> => {
    const answer = await device.getExtendedReport({ reportData, vmpl })
    const bytes = expectSnpReport(readReport(answer), reportData, name)
    return { kind: 'snp', bytes, endorsements: readTable(answer.certificates) }
  }
  return {
    kind: 'snp',
    name,
    simulated: false,
    collect: async (request: CollectRequest) => {
      const reportData = expectReportData(request)
      return queue.run(() => collect(reportData), request.signal)
    },
    deriveKey: async (request, { signal } = {}) => {
      const bytes = encodeSnpKeyRequest(request)
      return queue.run(async () => parseSnpKeyResponse(await device.getDerivedKey(bytes)), signal)
    }
  }
}

/** @throws UnavailableError with what is wrong */
export function checkSnpDevice(): Promise<void> {
  return assertSevGuest()
}

const headerBytes = 32

/** MSG_REPORT_RSP: status, size, 24 reserved bytes, report (AMD 56860 rev 1.58, §7.3). */
function readReport({ response }: SevGuestAnswer): Uint8Array {
  if (response.length < headerBytes) throw shortResponse(response.length)
  const view = new DataView(response.buffer, response.byteOffset, response.byteLength)
  expectFirmwareSuccess(view.getUint32(0, true), name)
  const size = view.getUint32(4, true)
  if (size > response.length - headerBytes) throw shortResponse(response.length)
  return response.slice(headerBytes, headerBytes + size)
}

function shortResponse(length: number): UnavailableError {
  return new UnavailableError('ERR_DEVICE_RESPONSE', `${name}: expected a report, found ${length} bytes`, {
    details: { field: 'report', remedy: 'report it, with the versions of kernel and addon' }
  })
}
