// What a level of Intel's signed lists says about a platform, a module or a quoting enclave.
import type { TcbStatus } from '../appraisal.js'
import { type JsonShape, malformed } from './json-shape.js'

export type LevelStatus = Exclude<TcbStatus, 'NotRated' | 'TdRelaunchAdvised' | 'TdRelaunchAdvisedConfigurationNeeded'>

const statuses: readonly string[] = [
  'UpToDate',
  'SWHardeningNeeded',
  'ConfigurationNeeded',
  'ConfigurationAndSWHardeningNeeded',
  'OutOfDate',
  'OutOfDateConfigurationNeeded',
  'Revoked'
] satisfies readonly LevelStatus[]

/** Rating of one level. */
export interface Rating {
  readonly status: LevelStatus
  readonly tcbDate: Date
  readonly advisories: readonly string[]
  /** When the newest level of the list was dated: since then a platform on an older level is behind. */
  readonly newestDate?: Date
}

/** A level that an isvsvn reaches: of a TDX module identity or of a QE identity. */
export interface SvnLevel extends Rating {
  readonly isvSvn: number
}

export const maxLevels = 512

export function parseRating(level: JsonShape): Rating {
  const status = level.string('tcbStatus')
  if (!isLevelStatus(status)) throw malformed(`${level.path}.tcbStatus`, `one of ${statuses.join(', ')}`)
  return { status, tcbDate: level.date('tcbDate'), advisories: level.strings('advisoryIDs') }
}

function isLevelStatus(text: string): text is LevelStatus {
  return statuses.includes(text)
}

export function parseSvnLevel(level: JsonShape): SvnLevel {
  return { isvSvn: level.object('tcb').integer('isvsvn', 65_535), ...parseRating(level) }
}

/** The first level, in the order given, whose isvsvn is at most `isvSvn`. */
export function findSvnLevel(levels: readonly SvnLevel[], isvSvn: number): SvnLevel | undefined {
  const level = levels.find((candidate) => candidate.isvSvn <= isvSvn)
  return level && withNewestDate(level, levels)
}

/** Levels stand in order, the newest first. */
export function withNewestDate<L extends Rating>(level: L, levels: readonly L[]): L {
  const newestDate = levels[0]?.tcbDate
  return newestDate === undefined ? level : { ...level, newestDate }
}
