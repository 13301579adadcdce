// The simulator: an SNP platform in this process, for development and tests. Its evidence looks like AMD's and proves nothing.
import { setTimeout as sleep } from 'node:timers/promises'
import { type Evidence, simulatorOrganization } from '../../evidence/index.js'
import { firmwareRefusal } from '../firmware-status.js'
import type { CollectRequest, EvidenceProvider } from '../provider.js'
import { RequestQueue } from '../request-queue.js'
import { expectKeyRequest, type SnpKeyDeriver } from '../snp/derived-key.js'
import { expectReportData } from '../snp/options.js'
import { expectDirectory, expectGuest, expectLatency, type SimulatedGuest, type SimulatorOptions } from './guest.js'
import { createPlatform, platformEndorsements, type SimulatedPlatform } from './platform.js'
import { createState } from './state.js'
import { openStateFile } from './state-file.js'
import { warnOfSimulator } from './warning.js'

export interface SimulatorProvider extends EvidenceProvider, SnpKeyDeriver {}

/**
 * A fake platform with AMD's formats and algorithms, and a vendor of its own. Verifiers refuse its evidence unless their policy
 * says `allowSimulator`. Says on stderr, once per process, that it is in use. The keys of a new chip take some seconds.
 *
 * @throws UsageError ERR_USAGE_OPTION; from its methods ERR_USAGE_SIMULATOR when `directory` holds no usable state
 * @example
 * const evidence = await attest(simulator({ directory: '.tresor-simulator' }), { nonce })
 */
export function simulator(options: SimulatorOptions = {}): SimulatorProvider {
  const guest = expectGuest(options)
  const latencyMs = expectLatency(options)
  const power = once(() => startPlatform(expectDirectory(options), guest))
  const queue = new RequestQueue()
  warnOfSimulator()
  const ask = <T>(answer: (platform: SimulatedPlatform) => T, signal: AbortSignal | undefined): Promise<T> =>
    queue.run(async () => {
      const platform = await power()
      if (latencyMs > 0) await sleep(latencyMs)
      return answer(platform)
    }, signal)
  return {
    kind: 'snp',
    name: 'simulator',
    simulated: true,
    collect: async (request: CollectRequest) => {
      const reportData = expectReportData(request)
      return ask((platform) => collect(platform, reportData), request.signal)
    },
    deriveKey: async (request, { signal } = {}) => {
      const numbers = expectKeyRequest(request)
      const { status, key } = await ask((platform) => platform.answerKeyRequest(numbers), signal)
      if (status !== 0) throw firmwareRefusal(status, 'simulator')
      return key
    }
  }
}

async function startPlatform(directory: string | undefined, guest: SimulatedGuest): Promise<SimulatedPlatform> {
  const { product } = guest
  const state = directory === undefined ? await createState(product) : await openStateFile(directory, product)
  return createPlatform(state, guest, simulatorOrganization, new Date())
}

function collect(platform: SimulatedPlatform, reportData: Uint8Array): Evidence {
  const { report } = platform.answerReportRequest(reportData, platform.guest.vmpl)
  return { kind: 'snp', bytes: report, endorsements: platformEndorsements(platform) }
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
