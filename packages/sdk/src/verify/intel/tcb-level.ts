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
  /** When the next better level of the list was dated: since then a platform on this one is behind. */
  readonly supersededAt?: Date
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
  return firstLevel(levels, (level) => level.isvSvn <= isvSvn)
}

/** The first level that is reached. Levels stand in order, the best first. */
export function firstLevel<L extends Rating>(
  levels: readonly L[],
  isReached: (level: L) => boolean
): (L & Rating) | undefined {
  const at = levels.findIndex(isReached)
  const level = levels[at]
  if (level === undefined || level.status === 'UpToDate') return level
  return { ...level, supersededAt: supersededAt(level, levels.slice(0, at)) }
}

/** The earliest of the better levels' dates, not the newest: who is several levels behind has been behind since the first. */
function supersededAt({ tcbDate }: Rating, better: readonly Rating[]): Date {
  const dates = better.map((level) => level.tcbDate.getTime()).filter((date) => date > tcbDate.getTime())
  return new Date(Math.min(...(dates.length === 0 ? [tcbDate.getTime()] : dates)))
}
