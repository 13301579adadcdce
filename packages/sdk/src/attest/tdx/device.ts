// TDX quotes through /dev/tdx_guest and the quote generation service on the host, by way of the addon: for kernels before configfs-tsm.
import { expectInteger, expectOptions } from '../../core/index.js'
import type { Evidence } from '../../evidence/index.js'
import { assertTdxGuest, exchangeWithHost, type HostExchange, openTdxGuest, type TdxGuest } from '../device/index.js'
import type { CollectRequest, EvidenceProvider } from '../provider.js'
import { RequestQueue } from '../request-queue.js'
import { createLogReader } from './event-log.js'
import { expectEventLog, expectReportData, type TdxProviderOptions } from './options.js'
import { explainQgsFailure } from './qgs-failure.js'
import { encodeQuoteRequest, maxQgsResponseBytes, parseQuoteResponse } from './qgs-message.js'
import { readQgsPort } from './qgs-port.js'
import { type ReadFile, readSmallFile } from './read-file.js'
import { expectTdReport, expectTdxQuote } from './response.js'

const name = 'tdx-device'

export interface TdxDeviceOptions extends TdxProviderOptions {
  /** vsock port of the quote generation service on the host. Default: what /etc/tdx-attest.conf says. */
  readonly port?: number
}

/** What the provider stands on. */
export interface TdxParts {
  readonly guest: TdxGuest
  readonly exchange: HostExchange
  readonly read: ReadFile
}

/** Evidence of this TD through its device and the service on the host, with its event log. Needs the addon. */
export function tdxDevice(options: TdxDeviceOptions = {}): EvidenceProvider {
  return createTdxDevice(options, { guest: openTdxGuest(), exchange: exchangeWithHost(), read: readSmallFile })
}

export function createTdxDevice(options: TdxDeviceOptions, parts: TdxParts): EvidenceProvider {
  const { port } = expectOptions(options, ['port', 'eventLog'], name)
  const fixedPort = port === undefined ? undefined : expectInteger(port, [1, 0xffff_fffe], 'port')
  const withLog = expectEventLog(options)
  const queue = new RequestQueue()
  const readLog = createLogReader(name, parts.read)
  const collect = async (reportData: Uint8Array): Promise<Evidence> => {
    const tdReport = expectTdReport(await parts.guest.getReport(reportData), reportData, name)
    const quote = await requestQuote(tdReport, fixedPort ?? (await readQgsPort(parts.read)), parts.exchange)
    const bytes = expectTdxQuote(quote, reportData, name)
    return { kind: 'tdx', bytes, endorsements: withLog ? await readLog() : [] }
  }
  return {
    kind: 'tdx',
    name,
    simulated: false,
    collect: async (request: CollectRequest) => {
      const reportData = expectReportData(request)
      return queue.run(() => collect(reportData), request.signal)
    }
  }
}

/** Whether the host answers shows only when it is asked. @throws UnavailableError with what is wrong */
export async function checkTdxDevice(read: ReadFile = readSmallFile): Promise<void> {
  await assertTdxGuest()
  await readQgsPort(read)
}

async function requestQuote(tdReport: Uint8Array, port: number, exchange: HostExchange): Promise<Uint8Array> {
  try {
    return parseQuoteResponse(await exchange(port, encodeQuoteRequest(tdReport), maxQgsResponseBytes))
  } catch (error) {
    throw explainQgsFailure(error, port)
  }
}
