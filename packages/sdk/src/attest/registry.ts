// Every interface that can give evidence, in order of truth. One line for each; a new TEE adds its own.
import type { EvidenceKind } from '../evidence/index.js'
import type { EvidenceProvider } from './provider.js'
import { type SimulatorOptions, simulator } from './simulator/index.js'
import { type TdxSimulatorOptions, tdxSimulator } from './simulator/intel/index.js'
import { checkSnpConfigfs, checkSnpDevice, snpConfigfs, snpDevice } from './snp/index.js'
import { checkTdxConfigfs, checkTdxDevice, tdxConfigfs, tdxDevice } from './tdx/index.js'

export interface Candidate {
  readonly name: string
  readonly kind: EvidenceKind
  /** Succeeds where the interface can be used. Throws UnavailableError with what is wrong. */
  check(): Promise<void>
  create(): EvidenceProvider
}

const hardware: readonly Candidate[] = [
  { name: 'snp-configfs', kind: 'snp', check: checkSnpConfigfs, create: snpConfigfs },
  { name: 'tdx-configfs', kind: 'tdx', check: checkTdxConfigfs, create: tdxConfigfs },
  { name: 'snp-device', kind: 'snp', check: checkSnpDevice, create: snpDevice },
  { name: 'tdx-device', kind: 'tdx', check: checkTdxDevice, create: tdxDevice }
]

/** Of the simulator for SNP, or of that for TDX, which says so. */
export type AnySimulatorOptions = SimulatorOptions | (TdxSimulatorOptions & { readonly tee: 'tdx' })

/** What to ask, in order. `simulatorOptions` are present where the caller or the environment wants the simulator. */
export function listCandidates(simulatorOptions: AnySimulatorOptions | undefined): readonly Candidate[] {
  if (simulatorOptions === undefined) return hardware
  return [...hardware, simulatorCandidate(simulatorOptions)]
}

function simulatorCandidate(options: AnySimulatorOptions): Candidate {
  const check = async (): Promise<void> => undefined
  return 'tee' in options
    ? { name: 'tdx-simulator', kind: 'tdx', check, create: () => tdxSimulator(options) }
    : { name: 'simulator', kind: 'snp', check, create: () => simulator(options) }
}
