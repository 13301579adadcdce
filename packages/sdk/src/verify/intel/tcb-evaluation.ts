// How Intel's quote verification library rates a platform: platform level, TDX module, quoting enclave, and, for TD 1.5,
// whether a relaunch would help. Intel TDX DCAP Quoting Library API, appendix; Intel PCS API v4, "TCB evaluation".
import { EvidenceError, equalBytes, isZero } from '../../core/index.js'
import type { TdReport } from '../../evidence/quote/index.js'
import type { TcbStatus } from '../appraisal.js'
import { mask } from './qe-identity.js'
import type { TcbInfo, TcbLevel, TdxModule } from './tcb-info.js'
import { findSvnLevel, firstLevel, type LevelStatus, type Rating } from './tcb-level.js'

/** The versions that a PCK certificate states. */
export interface PlatformTcb {
  readonly sgxComponents: readonly number[]
  readonly pceSvn: number
}

/** A rating after convergence. `advisories` has each once. */
export interface TcbRating {
  readonly status: Exclude<TcbStatus, 'NotRated'>
  readonly tcbDate: Date
  readonly advisories: readonly string[]
  /** For a status of out of date: since when a newer level exists. */
  readonly outOfDateSince?: Date
}

/** Rates an SGX platform. @throws EvidenceError ERR_TCB_UNSUPPORTED when no level matches */
export function rateSgxPlatform(info: TcbInfo, platform: PlatformTcb, qe: Rating): TcbRating {
  return converge(ratingOf(findPlatformLevel(info, platform)), qe)
}

/**
 * Rates a TDX platform by the SVNs at launch and, for TD 1.5, by those of now.
 * @throws EvidenceError ERR_TCB_UNSUPPORTED when no level matches one of them, or the module is unknown
 */
export function rateTdxPlatform(info: TcbInfo, platform: PlatformTcb, report: TdReport, qe: Rating): TcbRating {
  const rateAt = (teeTcbSvn: Uint8Array): TcbRating => converge(rateTdxSvn(info, platform, teeTcbSvn), qe)
  const launch = rateAt(report.teeTcbSvn)
  return report.teeTcbSvn2 === undefined ? launch : adviseRelaunch(launch, rateAt(report.teeTcbSvn2))
}

function rateTdxSvn(info: TcbInfo, platform: PlatformTcb, teeTcbSvn: Uint8Array): TcbRating {
  const level = ratingOf(findPlatformLevel(info, platform, teeTcbSvn))
  const module = rateModule(info, teeTcbSvn)
  return module === undefined ? level : converge(level, module)
}

/** The first level, in Intel's order, of which every component is reached. */
function findPlatformLevel(info: TcbInfo, platform: PlatformTcb, teeTcbSvn?: Uint8Array): TcbLevel {
  const level = firstLevel(info.levels, (candidate) => reaches(candidate, platform, teeTcbSvn))
  if (level === undefined) throw unsupported('no TCB level matches the platform')
  return level
}

function ratingOf({ status, tcbDate, advisories, supersededAt }: Rating): TcbRating {
  const behind = isBehind(status) && supersededAt !== undefined ? { outOfDateSince: supersededAt } : {}
  return { status, tcbDate, advisories, ...behind }
}

function isBehind(status: TcbStatus): boolean {
  return status === 'OutOfDate' || status === 'OutOfDateConfigurationNeeded'
}

function reaches(level: TcbLevel, platform: PlatformTcb, teeTcbSvn?: Uint8Array): boolean {
  const sgx = level.sgxComponents.every((svn, i) => (platform.sgxComponents[i] ?? -1) >= svn)
  if (!sgx || platform.pceSvn < level.pceSvn) return false
  if (teeTcbSvn === undefined) return true
  const tdx = level.tdxComponents
  if (tdx === undefined) return false
  const first = moduleVersion(teeTcbSvn) > 0 ? 2 : 0
  return tdx.every((svn, i) => i < first || (teeTcbSvn[i] ?? -1) >= svn)
}

/** Major version of the TDX module. From 1 on, the first two components are rated by the module's own identity. */
function moduleVersion(teeTcbSvn: Uint8Array): number {
  return teeTcbSvn[1] ?? 0
}

function rateModule(info: TcbInfo, teeTcbSvn: Uint8Array): Rating | undefined {
  if (moduleVersion(teeTcbSvn) === 0) return undefined
  const identity = findModuleIdentity(info, teeTcbSvn)
  const level = findSvnLevel(identity.levels, teeTcbSvn[0] ?? 0)
  if (level === undefined) throw unsupported(`no level of TDX module ${identity.id} matches`)
  return level
}

function findModuleIdentity(info: TcbInfo, teeTcbSvn: Uint8Array): TcbInfo['tdxModuleIdentities'][number] {
  const id = `TDX_${moduleVersion(teeTcbSvn).toString(16).padStart(2, '0')}`
  const identity = info.tdxModuleIdentities.find((candidate) => candidate.id.toLowerCase() === id.toLowerCase())
  if (identity === undefined) throw unsupported(`TDX module ${id} is not in the TCB info`)
  return identity
}

/**
 * The field in which the TDX module of `report` is not the one that `info` vouches for, or undefined.
 * @throws EvidenceError ERR_TCB_UNSUPPORTED when `info` knows no module of that version
 */
export function findModuleDifference(info: TcbInfo, report: TdReport): string | undefined {
  const module: TdxModule | undefined =
    moduleVersion(report.teeTcbSvn) > 0 ? findModuleIdentity(info, report.teeTcbSvn) : info.tdxModule
  if (module === undefined) throw unsupported('the TCB info names no TDX module')
  if (!equalBytes(report.mrSignerSeam, module.mrSigner)) return 'mrSignerSeam'
  const attributes = mask(report.seamAttributes, module.attributesMask)
  if (!isZero(report.seamAttributes) || !equalBytes(attributes, module.attributes)) return 'seamAttributes'
  return undefined
}

function unsupported(message: string): EvidenceError {
  return new EvidenceError('ERR_TCB_UNSUPPORTED', `TCB: ${message}`)
}

/** What the status becomes when a part of the platform is out of date. */
const outdated: Readonly<Record<TcbRating['status'], TcbRating['status']>> = {
  UpToDate: 'OutOfDate',
  SWHardeningNeeded: 'OutOfDate',
  ConfigurationNeeded: 'OutOfDateConfigurationNeeded',
  ConfigurationAndSWHardeningNeeded: 'OutOfDateConfigurationNeeded',
  OutOfDate: 'OutOfDate',
  OutOfDateConfigurationNeeded: 'OutOfDateConfigurationNeeded',
  TdRelaunchAdvised: 'OutOfDate',
  TdRelaunchAdvisedConfigurationNeeded: 'OutOfDateConfigurationNeeded',
  Revoked: 'Revoked'
}

/** The platform's rating together with that of a part of it: the module or the quoting enclave. */
function converge(platform: TcbRating, part: Rating): TcbRating {
  const since = [platform.outOfDateSince, ratingOf(part).outOfDateSince].filter((date) => date !== undefined)
  return {
    status: convergeStatus(platform.status, part.status),
    tcbDate: earlier(platform.tcbDate, part.tcbDate),
    advisories: [...new Set([...platform.advisories, ...part.advisories])],
    ...(since.length === 0 ? {} : { outOfDateSince: since.reduce(earlier) })
  }
}

function earlier(a: Date, b: Date): Date {
  return a.getTime() <= b.getTime() ? a : b
}

function convergeStatus(platform: TcbRating['status'], part: LevelStatus): TcbRating['status'] {
  if (part === 'Revoked') return 'Revoked'
  return isBehind(part) ? outdated[platform] : platform
}

const healthy: readonly TcbStatus[] = [
  'UpToDate',
  'SWHardeningNeeded',
  'ConfigurationNeeded',
  'ConfigurationAndSWHardeningNeeded'
]
const configurable: readonly TcbStatus[] = [
  'ConfigurationNeeded',
  'ConfigurationAndSWHardeningNeeded',
  'OutOfDateConfigurationNeeded'
]

/** An old launch on a module that has been updated since: a relaunch brings the TD up to date. */
function adviseRelaunch(launch: TcbRating, current: TcbRating): TcbRating {
  if (!isBehind(launch.status) || !healthy.includes(current.status)) return launch
  const configuration = configurable.includes(launch.status) || configurable.includes(current.status)
  return { ...launch, status: configuration ? 'TdRelaunchAdvisedConfigurationNeeded' : 'TdRelaunchAdvised' }
}
