// SNP reports and derived keys through /dev/sev-guest, by way of the addon: for kernels before configfs-tsm, and for keys.
import { UnavailableError } from '../../core/index.js'
import type { Evidence } from '../../evidence/index.js'
import {
  assertSevGuest,
  openSevGuest,
  type SevGuest,
  type SevGuestReport,
  type SevGuestReportRequest
} from '../device/index.js'
import type { CollectRequest, EvidenceProvider } from '../provider.js'
import { RequestQueue } from '../request-queue.js'
import { expectKey, expectKeyRequest, type SnpKeyDeriver } from './derived-key.js'
import { createTableReader } from './endorsements.js'
import { expectReportData, expectVmpl, type SnpProviderOptions } from './options.js'
import { expectSnpReport } from './response.js'

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
    const { report, certificates } = await readReport(device, { reportData, vmpl })
    return { kind: 'snp', bytes: expectSnpReport(report, reportData, name), endorsements: readTable(certificates) }
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
      const numbers = expectKeyRequest(request)
      return queue.run(async () => expectKey(await device.getDerivedKey(numbers)), signal)
    }
  }
}

/** @throws UnavailableError with what is wrong */
export function checkSnpDevice(): Promise<void> {
  return assertSevGuest()
}

const tableTooLong = 1

/** A host with more certificates than the driver takes must not keep the guest from its report: then it goes without them. */
async function readReport(device: SevGuest, request: SevGuestReportRequest): Promise<SevGuestReport> {
  try {
    return await device.getExtendedReport(request)
  } catch (error) {
    if (!(error instanceof UnavailableError && error.details.vmmError === tableTooLong)) throw error
    return { report: await device.getReport(request), certificates: new Uint8Array(0) }
  }
}
