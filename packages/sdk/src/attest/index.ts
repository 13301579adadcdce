export type { LockedMemory, LockedMemoryOptions } from '../native/index.js'
export { allocateLocked, checkAddon } from '../native/index.js'
export type { AttestOptions, NonceAttestOptions, RawAttestOptions } from './attest.js'
export { attest } from './attest.js'
export type { DetectOptions, ProbeResult, Tee, UnavailableProvider } from './detect.js'
export { detect, probe } from './detect.js'
export type { CollectRequest, EvidenceProvider } from './provider.js'
export type { SimulatorOptions, SimulatorProvider } from './simulator/index.js'
export { simulator } from './simulator/index.js'
export type {
  SimulatedEvent,
  SimulatedStatus,
  TdxSimulatorOptions,
  TdxSimulatorProvider
} from './simulator/intel/index.js'
export { tdxSimulator } from './simulator/intel/index.js'
export type { SnpDeviceProvider, SnpKeyDeriver, SnpKeyField, SnpKeyRequest, SnpProviderOptions } from './snp/index.js'
export { deriveSnpKey, snpConfigfs, snpDevice } from './snp/index.js'
export type {
  ExtendableRtmr,
  RtmrAccess,
  RtmrIndex,
  RtmrValues,
  TdxDeviceOptions,
  TdxProviderOptions
} from './tdx/index.js'
export { extendRtmr, readEventLog, readRtmrs, tdxConfigfs, tdxDevice } from './tdx/index.js'
