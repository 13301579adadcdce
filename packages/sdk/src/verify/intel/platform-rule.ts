// What a policy can demand of an Intel platform, for TDX and SGX alike.
import type { TcbStatus } from '../appraisal.js'
import type { PolicyReader } from '../policy/policy-reader.js'

/** Statuses that a policy may accept. Revoked is none of them. */
const acceptable: readonly AcceptableStatus[] = [
  'UpToDate',
  'SWHardeningNeeded',
  'ConfigurationNeeded',
  'ConfigurationAndSWHardeningNeeded',
  'OutOfDate',
  'OutOfDateConfigurationNeeded',
  'TdRelaunchAdvised',
  'TdRelaunchAdvisedConfigurationNeeded'
]

export type AcceptableStatus = Exclude<TcbStatus, 'NotRated' | 'Revoked'>

export interface PlatformRule {
  /** Default: `UpToDate` alone. */
  readonly tcbStatus: readonly AcceptableStatus[]
  /** Security advisories that may apply to the platform. Default: none. */
  readonly advisories: 'any' | readonly string[]
  readonly minTcbEvaluationDataNumber?: number
  /** Hex. */
  readonly fmspc?: readonly string[]
  readonly platformInstanceId?: readonly string[]
}

/** @throws UsageError ERR_USAGE_POLICY naming the path */
export function parsePlatformRule(reader: PolicyReader): PlatformRule {
  return {
    tcbStatus: ['UpToDate'],
    advisories: [],
    ...reader.members({
      tcbStatus: (member) => member.list((element) => element.oneOf(acceptable)),
      advisories: readAdvisories,
      minTcbEvaluationDataNumber: (member) => member.integer(0, 0xffff_ffff),
      fmspc: (member) => member.list((element) => element.hex(6)),
      platformInstanceId: (member) => member.list((element) => element.hex(16))
    })
  }
}

/** An empty list says in a policy what its absence says: none. */
function readAdvisories(reader: PolicyReader): PlatformRule['advisories'] {
  return reader.isEmptyList ? [] : reader.anyOr(readAdvisory)
}

function readAdvisory(reader: PolicyReader): string {
  const text = reader.string()
  if (!/^INTEL-SA-\d{5}$/.test(text)) throw reader.fail('an advisory such as INTEL-SA-00837')
  return text
}
