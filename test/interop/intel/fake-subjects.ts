// Quotes of our fake Intel: every status, version and authority, with a root that the peers are told to trust.
import { type FakeIntel, type FakeIntelOptions, fakeIntel } from '../../../packages/sdk/src/testing/index.js'
import { type Platform, type Subject, splitSigned } from './subject.js'

export const now: Date = new Date('2026-01-01T00:00:00Z')
export const reportData: Uint8Array = Uint8Array.from({ length: 64 }, (_, i) => i)

type Variant = readonly [id: string, options: FakeIntelOptions]

const variants: readonly Variant[] = [
  ...(['UpToDate', 'SWHardeningNeeded', 'ConfigurationNeeded', 'ConfigurationAndSWHardeningNeeded'] as const).map(
    rated
  ),
  ...(['OutOfDate', 'OutOfDateConfigurationNeeded', 'Revoked', 'Unsupported'] as const).map(rated),
  ['QE OutOfDate', { qeStatus: 'OutOfDate' }],
  ['QE OutOfDate, platform ConfigurationNeeded', { qeStatus: 'OutOfDate', td: { tcbStatus: 'ConfigurationNeeded' } }],
  ['QE Revoked', { qeStatus: 'Revoked' }],
  ['processor CA', { ca: 'processor' }]
]

const relaunches: readonly Variant[] = [
  ...(['TdRelaunchAdvised', 'TdRelaunchAdvisedConfigurationNeeded'] as const).map(rated),
  ['relaunch, QE OutOfDate', { qeStatus: 'OutOfDate', td: { tcbStatus: 'TdRelaunchAdvised' } }],
  [
    'relaunch with configuration, QE OutOfDate',
    { qeStatus: 'OutOfDate', td: { tcbStatus: 'TdRelaunchAdvisedConfigurationNeeded' } }
  ]
]

function rated(tcbStatus: NonNullable<NonNullable<FakeIntelOptions['td']>['tcbStatus']>): Variant {
  return [tcbStatus, { td: { tcbStatus } }]
}

/** One fake machine under one rating, with a TD of either kind on it. */
export interface FakeMachine {
  readonly id: string
  /** The version of the simulated TD decides about its report: TD 1.0 with 4, TD 1.5 with 5. */
  readonly td10: FakeIntel
  readonly td15: FakeIntel
  readonly tdx: Platform
  readonly sgx: Platform
}

/** Version 4, version 5 with TD 1.0 and TD 1.5, and SGX version 3, of each variant. */
export async function makeFakeSubjects(): Promise<readonly Subject[]> {
  const all = (await makeFakeMachines()).map(subjectsOf)
  const relaunched = await Promise.all(relaunches.map(relaunchOf))
  return [...all.flat(), ...relaunched]
}

export function makeFakeMachines(): Promise<readonly FakeMachine[]> {
  return Promise.all(variants.map(machineOf))
}

async function machineOf([id, options]: Variant): Promise<FakeMachine> {
  const td10 = await fakeIntel({ ...options, td: { ...options.td, version: 4 }, now })
  const td15 = await fakeIntel({ ...options, td: { ...options.td, version: 5 }, now })
  return { id, td10, td15, tdx: platformOf(td10, 'tdx'), sgx: platformOf(td10, 'sgx') }
}

function subjectsOf({ id, td10, td15, tdx, sgx }: FakeMachine): readonly Subject[] {
  return [
    tdxSubject(`fake v4, ${id}`, td10.tdxQuote(reportData), tdx),
    tdxSubject(`fake v5 TD 1.0, ${id}`, td10.tdxQuote(reportData, { version: 5 }), tdx),
    tdxSubject(`fake v5 TD 1.5, ${id}`, td15.tdxQuote(reportData), tdx),
    { id: `fake SGX v3, ${id}`, kind: 'sgx', quote: td10.sgxQuote(reportData), now, platform: sgx }
  ]
}

async function relaunchOf([id, options]: Variant): Promise<Subject> {
  const intel = await fakeIntel({ ...options, td: { ...options.td, version: 5 }, now })
  return tdxSubject(`fake v5 TD 1.5, ${id}`, intel.tdxQuote(reportData), platformOf(intel, 'tdx'))
}

function tdxSubject(id: string, quote: Uint8Array, platform: Platform): Subject {
  return { id, kind: 'tdx', quote, now, platform }
}

function platformOf({ material, platform }: FakeIntel, tee: 'tdx' | 'sgx'): Platform {
  const { certificates, crls } = material
  return {
    root: certificates.root,
    isIntel: false,
    rootCrl: crls.root,
    pckCrl: crls[platform.ca],
    pckCrlIssuers: [platform.ca === 'platform' ? certificates.platformCa : certificates.processorCa, certificates.root],
    tcbInfo: splitSigned(material.tcbInfo[tee]),
    qeIdentity: splitSigned(material.qeIdentity[tee]),
    signers: [certificates.tcbSigning, certificates.root]
  }
}
