// TDX quotes through configfs-tsm (Linux 6.7 or newer): the kernel asks the host, no addon is needed.
import { expectOptions } from '../../core/index.js'
import type { Evidence } from '../../evidence/index.js'
import type { CollectRequest, EvidenceProvider } from '../provider.js'
import { RequestQueue } from '../request-queue.js'
import { assertTsmProvider, kernelTsm, readTsmReport, type Tsm } from '../tsm/index.js'
import { createLogReader } from './event-log.js'
import { expectEventLog, expectReportData, type TdxProviderOptions } from './options.js'
import { type ReadFile, readSmallFile } from './read-file.js'
import { expectTdxQuote } from './response.js'

const name = 'tdx-configfs'
const driver = 'tdx_guest'

/** Evidence of this TD through configfs-tsm, with its event log. */
export function tdxConfigfs(options: TdxProviderOptions = {}): EvidenceProvider {
  return createTdxConfigfs(options, kernelTsm, readSmallFile)
}

export function createTdxConfigfs(options: TdxProviderOptions, tsm: Tsm, read: ReadFile): EvidenceProvider {
  const withLog = expectEventLog(expectOptions(options, ['eventLog'], name))
  const queue = new RequestQueue()
  const readLog = createLogReader(name, read)
  const collect = async (reportData: Uint8Array, signal: AbortSignal | undefined): Promise<Evidence> => {
    const request = { provider: driver, inblob: reportData, ...(signal === undefined ? {} : { signal }) }
    const { outblob } = await readTsmReport(request, tsm)
    const bytes = expectTdxQuote(outblob, reportData, name)
    return { kind: 'tdx', bytes, endorsements: withLog ? await readLog() : [] }
  }
  return {
    kind: 'tdx',
    name,
    simulated: false,
    collect: async (request: CollectRequest) => {
      const reportData = expectReportData(request)
      return queue.run(() => collect(reportData, request.signal), request.signal)
    }
  }
}

/** @throws UnavailableError with what is wrong */
export function checkTdxConfigfs(tsm: Tsm = kernelTsm): Promise<void> {
  return assertTsmProvider(driver, tsm)
}
