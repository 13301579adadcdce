// Which TEE this is: asks each interface in order of truth and says what is wrong with those that do not work.
import { expectOptions, remedyFor, type UnavailableCode, UnavailableError } from '../core/index.js'
import type { EvidenceKind } from '../evidence/index.js'
import type { EvidenceProvider } from './provider.js'
import { type AnySimulatorOptions, type Candidate, listCandidates } from './registry.js'

export interface DetectOptions {
  /**
   * Admits the simulator where nothing else works, as `TRESOR_SIMULATOR=1` (SNP) and `TRESOR_SIMULATOR=tdx` do. `true` means with
   * its defaults, except that it keeps its state in `TRESOR_SIMULATOR_DIRECTORY` where the environment names one.
   */
  readonly simulator?: boolean | AnySimulatorOptions
}

/** An interface that does not work here. */
export interface UnavailableProvider {
  readonly name: string
  readonly kind: EvidenceKind
  readonly code: UnavailableCode
  /** What is wrong, as a sentence. */
  readonly reason: string
  /** What to do about it, as a sentence. */
  readonly remedy: string
}

/** What `detect` found. Goes to `attest` and to everything that takes a provider. */
export interface Tee {
  readonly kind: EvidenceKind
  readonly provider: EvidenceProvider
  /** Further interfaces that work, in order. */
  readonly alternatives: readonly EvidenceProvider[]
  /** Those that do not. */
  readonly others: readonly UnavailableProvider[]
}

/** What `probe` found: `tee` is absent where nothing works. */
export interface ProbeResult {
  readonly tee?: Tee
  readonly others: readonly UnavailableProvider[]
}

/**
 * The TEE that this process runs in: configfs-tsm first, then the vendor's device. The simulator is considered last, and only
 * with `TRESOR_SIMULATOR` in the environment or the option `simulator`. No evidence is asked for yet.
 *
 * @throws UnavailableError ERR_TEE_NOT_FOUND with `details.others`: each interface with its reason and remedy
 * @example
 * const tee = await detect()
 */
export async function detect(options: DetectOptions = {}): Promise<Tee> {
  const { tee, others } = await probe(options)
  if (tee !== undefined) return tee
  const reasons = others.map(({ name, reason }) => `${name}: ${reason}`).join('; ')
  throw new UnavailableError('ERR_TEE_NOT_FOUND', `no trusted execution environment found (${reasons})`, {
    details: { others, remedy: notFoundRemedy }
  })
}

const notFoundRemedy =
  'run inside a confidential guest and follow the remedies of `tresor doctor`; for development set TRESOR_SIMULATOR=1, which proves nothing'

/** As `detect`, for reports to people: finding nothing is an answer here, not an error. */
export async function probe(options: DetectOptions = {}): Promise<ProbeResult> {
  const providers: EvidenceProvider[] = []
  const others: UnavailableProvider[] = []
  for (const candidate of listCandidates(wantedSimulator(options, process.env))) {
    const failure = await failureOf(candidate)
    if (failure === undefined) providers.push(candidate.create())
    else others.push(failure)
  }
  const [provider, ...alternatives] = providers
  return provider === undefined ? { others } : { tee: { kind: provider.kind, provider, alternatives, others }, others }
}

/** The directory in the environment lets several processes share one simulated chip. */
function wantedSimulator(options: DetectOptions, env: NodeJS.ProcessEnv): AnySimulatorOptions | undefined {
  const { simulator } = expectOptions(options, ['simulator'], 'detect')
  if (typeof simulator === 'object') return simulator
  const isTdx = env.TRESOR_SIMULATOR === 'tdx'
  if (!(simulator ?? (isTdx || env.TRESOR_SIMULATOR === '1'))) return undefined
  const directory = env.TRESOR_SIMULATOR_DIRECTORY
  return { ...(isTdx ? { tee: 'tdx' } : {}), ...(directory === undefined || directory === '' ? {} : { directory }) }
}

async function failureOf(candidate: Candidate): Promise<UnavailableProvider | undefined> {
  try {
    await candidate.check()
    return undefined
  } catch (error) {
    if (!(error instanceof UnavailableError)) throw error
    return describe(candidate, error)
  }
}

function describe({ name, kind }: Candidate, error: UnavailableError): UnavailableProvider {
  return { name, kind, code: error.code, reason: error.message, remedy: error.details.remedy ?? remedyFor(error.code) }
}
