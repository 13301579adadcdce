// Fakes and contracts for tests. Nothing here belongs into production: importing it is a decision that reviews can see.
export type { EmulatedSevGuest, SevGuestOutcome } from './emulated-sev-guest.js'
export { emulateSevGuest } from './emulated-sev-guest.js'
export type { FakeAmd, FakeAmdOptions, FakeEvidenceOptions, FakeVcekOptions } from './fake-amd.js'
export { fakeAmd } from './fake-amd.js'
export type { TestFramework } from './provider-contract.js'
export { providerContract } from './provider-contract.js'
export { testRsaKey } from './rsa-key-cache.js'
