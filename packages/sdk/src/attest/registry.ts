// Every interface that can give evidence, in order of truth. One line for each; a new TEE adds its own.
import type { EvidenceKind } from '../evidence/index.js'
import type { EvidenceProvider } from './provider.js'
import { type SimulatorOptions, simulator } from './simulator/index.js'
import { checkSnpConfigfs, checkSnpDevice, snpConfigfs, snpDevice } from './snp/index.js'

export interface Candidate {
  readonly name: string
  readonly kind: EvidenceKind
  /** Succeeds where the interface can be used. Throws UnavailableError with what is wrong. */
  check(): Promise<void>
  create(): EvidenceProvider
}

const hardware: readonly Candidate[] = [
  { name: 'snp-configfs', kind: 'snp', check: checkSnpConfigfs, create: snpConfigfs },
  { name: 'snp-device', kind: 'snp', check: checkSnpDevice, create: snpDevice }
]

/** What to ask, in order. `simulatorOptions` are present where the caller or the environment wants the simulator. */
export function listCandidates(simulatorOptions: SimulatorOptions | undefined): readonly Candidate[] {
  if (simulatorOptions === undefined) return hardware
  const create = (): EvidenceProvider => simulator(simulatorOptions)
  return [...hardware, { name: 'simulator', kind: 'snp', check: async () => undefined, create }]
}
