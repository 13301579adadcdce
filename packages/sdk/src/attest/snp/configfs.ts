// SNP reports through configfs-tsm (Linux 6.7 or newer): the kernel talks to the firmware, no addon is needed. Keys come from the device.
import type { Evidence } from '../../evidence/index.js'
import { openSevGuest, type SevGuest } from '../device/index.js'
import type { CollectRequest, EvidenceProvider } from '../provider.js'
import { RequestQueue } from '../request-queue.js'
import { assertTsmProvider, kernelTsm, readTsmReport, type Tsm } from '../tsm/index.js'
import { expectKey, expectKeyRequest, type SnpKeyDeriver } from './derived-key.js'
import { createTableReader } from './endorsements.js'
import { expectReportData, expectVmpl, type SnpProviderOptions } from './options.js'
import { expectSnpReport } from './response.js'

const name = 'snp-configfs'
const driver = 'sev_guest'

export interface SnpConfigfsProvider extends EvidenceProvider, SnpKeyDeriver {}

/**
 * Evidence of this SNP guest through configfs-tsm, with the certificates that the host gives. Keys, which it does not give, are asked of the
 * device, which needs the addon.
 */
export function snpConfigfs(options: SnpProviderOptions = {}): SnpConfigfsProvider {
  return createSnpConfigfs(options, kernelTsm, openSevGuest())
}

export function createSnpConfigfs(
  options: SnpProviderOptions,
  tsm: Tsm,
  device: Pick<SevGuest, 'getDerivedKey'> = openSevGuest()
): SnpConfigfsProvider {
  const vmpl = expectVmpl(options, name)
  const queue = new RequestQueue()
  const readTable = createTableReader(name)
  const collect = async (reportData: Uint8Array, signal: AbortSignal | undefined): Promise<Evidence> => {
    const request = { provider: driver, inblob: reportData, ...optional({ privlevel: vmpl, signal }) }
    const { outblob, auxblob } = await readTsmReport(request, tsm)
    return { kind: 'snp', bytes: expectSnpReport(outblob, reportData, name), endorsements: readTable(auxblob) }
  }
  return {
    kind: 'snp',
    name,
    simulated: false,
    collect: async (request: CollectRequest) => {
      const reportData = expectReportData(request)
      return queue.run(() => collect(reportData, request.signal), request.signal)
    },
    deriveKey: async (request, { signal } = {}) => {
      const numbers = expectKeyRequest(request)
      return queue.run(async () => expectKey(await device.getDerivedKey(numbers)), signal)
    }
  }
}

/** @throws UnavailableError with what is wrong */
export function checkSnpConfigfs(tsm: Tsm = kernelTsm): Promise<void> {
  return assertTsmProvider(driver, tsm)
}

function optional(values: { readonly privlevel: number | undefined; readonly signal: AbortSignal | undefined }): {
  readonly privlevel?: number
  readonly signal?: AbortSignal
} {
  const { privlevel, signal } = values
  return { ...(privlevel === undefined ? {} : { privlevel }), ...(signal === undefined ? {} : { signal }) }
}
