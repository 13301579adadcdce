// The simulator for TDX: a TD in this process, for development and tests. Its quotes look like Intel's and prove nothing.
import { setTimeout as sleep } from 'node:timers/promises'
import { expectInteger, expectString } from '../../../core/index.js'
import { simulatorOrganization } from '../../../evidence/index.js'
import type { CollectRequest, EvidenceProvider } from '../../provider.js'
import { RequestQueue } from '../../request-queue.js'
import { expectExtension, type RtmrAccess } from '../../tdx/index.js'
import { expectReportData } from '../../tdx/options.js'
import { warnOfSimulator } from '../warning.js'
import { issueIntelMaterial } from './material.js'
import { createIntelPlatform } from './platform.js'
import { createIntelSecrets, openIntelSecrets } from './state.js'
import { expectTd, type SimulatedTd, type TdxSimulatorOptions } from './td.js'
import { createTdPlatform, type TdPlatform } from './td-platform.js'
import { createIntelVendor } from './vendor.js'

export interface TdxSimulatorProvider extends EvidenceProvider, RtmrAccess {}

/**
 * A fake platform with Intel's formats and algorithms, and a vendor of its own. Verifiers refuse its evidence unless their policy
 * says `allowSimulator`. Says on stderr, once per process, that it is in use. Its RTMRs start anew with it.
 *
 * @throws UsageError ERR_USAGE_OPTION; from its methods ERR_USAGE_SIMULATOR when `directory` holds no usable state
 * @example
 * const evidence = await attest(tdxSimulator({ directory: '.tresor-simulator' }), { nonce })
 */
export function tdxSimulator(options: TdxSimulatorOptions = {}): TdxSimulatorProvider {
  const td = expectTd(options)
  const latencyMs = expectInteger(options.latencyMs ?? 0, [0, 60_000], 'latencyMs')
  const directory = options.directory === undefined ? undefined : expectString(options.directory, 'directory')
  const power = once(() => startPlatform(directory, td))
  const queue = new RequestQueue()
  warnOfSimulator()
  const ask = <T>(answer: (platform: TdPlatform) => T, signal?: AbortSignal): Promise<T> =>
    queue.run(async () => {
      const platform = await power()
      if (latencyMs > 0) await sleep(latencyMs)
      return answer(platform)
    }, signal)
  return {
    kind: 'tdx',
    name: 'tdx-simulator',
    simulated: true,
    collect: async (request: CollectRequest) => {
      const reportData = expectReportData(request)
      return ask(({ quote, endorsements }) => ({ kind: 'tdx', bytes: quote(reportData), endorsements }), request.signal)
    },
    readRtmrs: () => ask(({ rtmrs }) => rtmrs),
    extendRtmr: async (index, digest) => {
      const copy = expectExtension(index, digest)
      return ask((platform) => platform.extendRtmr(index, copy))
    }
  }
}

const crlUrls = {
  root: 'https://simulator.invalid/root.crl',
  platform: 'https://simulator.invalid/platform.crl',
  processor: 'https://simulator.invalid/processor.crl'
}

async function startPlatform(directory: string | undefined, td: SimulatedTd): Promise<TdPlatform> {
  const secrets = directory === undefined ? createIntelSecrets() : await openIntelSecrets(directory)
  const vendor = createIntelVendor(secrets.vendor, simulatorOrganization, crlUrls)
  const platform = createIntelPlatform(secrets.platform)
  const rating = { status: td.tcbStatus, qeStatus: 'UpToDate', evaluation: 20 } as const
  return createTdPlatform(platform, td, await issueIntelMaterial(vendor, platform, rating, new Date()))
}

/** Runs `start` at the first call, and again after a failure. */
function once<T>(start: () => Promise<T>): () => Promise<T> {
  let running: Promise<T> | undefined
  return () => {
    running ??= start().catch((error: unknown) => {
      running = undefined
      throw error
    })
    return running
  }
}
