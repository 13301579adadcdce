// Levels of signed collateral that give a platform a wanted status: the inverse of how a verifier rates it.
// Intel SGX and TDX Provisioning Certification Service API v4, "Get TCB Info".
import type { IntelPlatform } from './platform.js'

/** Statuses that a level can have. */
export type LevelStatus =
  | 'UpToDate'
  | 'SWHardeningNeeded'
  | 'ConfigurationNeeded'
  | 'ConfigurationAndSWHardeningNeeded'
  | 'OutOfDate'
  | 'OutOfDateConfigurationNeeded'
  | 'Revoked'

/** What a verifier shall find: also what no level states, but follows from several, or from none. */
export type SimulatedStatus = LevelStatus | 'TdRelaunchAdvised' | 'TdRelaunchAdvisedConfigurationNeeded' | 'Unsupported'

export const simulatedStatuses: readonly SimulatedStatus[] = [
  'UpToDate',
  'SWHardeningNeeded',
  'ConfigurationNeeded',
  'ConfigurationAndSWHardeningNeeded',
  'OutOfDate',
  'OutOfDateConfigurationNeeded',
  'Revoked',
  'TdRelaunchAdvised',
  'TdRelaunchAdvisedConfigurationNeeded',
  'Unsupported'
]

interface Rating {
  readonly tcbDate: string
  readonly tcbStatus: LevelStatus
  readonly advisoryIDs?: readonly string[]
}

export interface PlatformLevel extends Rating {
  readonly sgxComponents: readonly number[]
  readonly pceSvn: number
  /** TDX only. */
  readonly tdxComponents?: readonly number[]
}

export interface SvnLevel extends Rating {
  readonly isvSvn: number
}

const dates = { newest: '2025-08-13T00:00:00Z', recent: '2025-05-14T00:00:00Z', old: '2024-03-13T00:00:00Z' } as const
const advisoryIDs = ['INTEL-SA-00837', 'INTEL-SA-01036']
const newestModuleSvn = 6
const tdxComponents = [5, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]

/** Levels, the newest first, among which `platform` has `status`. */
export function platformLevelsFor(
  status: SimulatedStatus,
  platform: IntelPlatform,
  tee: 'sgx' | 'tdx'
): PlatformLevel[] {
  const { sgxComponents, pceSvn } = platform
  const own = { sgxComponents, pceSvn, ...(tee === 'tdx' ? { tdxComponents } : {}) }
  const newest = { ...own, sgxComponents: raised(sgxComponents), tcbDate: dates.newest, tcbStatus: 'UpToDate' as const }
  const outdated = { ...own, pceSvn: 5, tcbDate: dates.old, tcbStatus: 'OutOfDate' as const, advisoryIDs }
  if (status === 'Unsupported') return [newest]
  const level = levelStatusOf(status)
  if (level === 'UpToDate') return [{ ...own, tcbDate: dates.newest, tcbStatus: level }, outdated]
  const rated = { ...own, tcbDate: dates.recent, tcbStatus: level, advisoryIDs }
  return isBehind(level) ? [newest, rated, outdated] : [rated, outdated]
}

/** The status that the platform's own level states. A relaunch is advised by what the module says beside it. */
function levelStatusOf(status: Exclude<SimulatedStatus, 'Unsupported'>): LevelStatus {
  if (status === 'TdRelaunchAdvised') return 'UpToDate'
  return status === 'TdRelaunchAdvisedConfigurationNeeded' ? 'ConfigurationNeeded' : status
}

function isBehind(status: LevelStatus): boolean {
  return status === 'OutOfDate' || status === 'OutOfDateConfigurationNeeded' || status === 'Revoked'
}

/** One component above what the platform has. */
function raised(components: readonly number[]): number[] {
  return components.map((svn, i) => (i === 1 ? svn + 1 : svn))
}

/** Levels of the TDX module 1.5. */
export const moduleLevels: readonly SvnLevel[] = [
  { isvSvn: newestModuleSvn, tcbDate: dates.newest, tcbStatus: 'UpToDate' },
  { isvSvn: 4, tcbDate: dates.old, tcbStatus: 'OutOfDate', advisoryIDs }
]

/** TEE_TCB_SVN at launch and now: minor SVN and major version of the module, SVN of its loader. */
export function teeTcbSvnsFor(status: SimulatedStatus): { readonly launch: Uint8Array; readonly current: Uint8Array } {
  const current = teeTcbSvn(newestModuleSvn)
  return { launch: isRelaunch(status) ? teeTcbSvn(4) : current, current }
}

/** True for statuses that only a TD 1.5 can have. */
export function isRelaunch(status: SimulatedStatus): boolean {
  return status === 'TdRelaunchAdvised' || status === 'TdRelaunchAdvisedConfigurationNeeded'
}

function teeTcbSvn(minor: number): Uint8Array {
  const svn = new Uint8Array(16)
  svn.set([minor, 1, 3])
  return svn
}

/** Levels of the quoting enclave, whose SVN is `isvSvn`. */
export function qeLevelsFor(isvSvn: number, status: LevelStatus = 'UpToDate'): SvnLevel[] {
  if (status === 'UpToDate') return [{ isvSvn, tcbDate: dates.newest, tcbStatus: status }]
  const newer: SvnLevel = { isvSvn: isvSvn + 1, tcbDate: dates.newest, tcbStatus: 'UpToDate' }
  return [newer, { isvSvn, tcbDate: dates.old, tcbStatus: status, advisoryIDs }]
}
