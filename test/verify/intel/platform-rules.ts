// What rules for TDs and for enclaves say about the platform alike: a good part, and broken ones.
import { TresorError } from '../../../packages/sdk/src/core/index.js'
import { parsePolicy } from '../../../packages/sdk/src/verify/index.js'

export type Json = Readonly<Record<string, unknown>>

export const platformRule: Json = {
  tcbStatus: ['UpToDate', 'SWHardeningNeeded'],
  advisories: ['INTEL-SA-00837'],
  minTcbEvaluationDataNumber: 17,
  fmspc: ['00806f050000'],
  platformInstanceId: ['00'.repeat(16)]
}

export const brokenPlatformRules: readonly [field: string, changes: Json][] = [
  ['tcbStatus', { tcbStatus: [] }],
  ['tcbStatus', { tcbStatus: 'UpToDate' }],
  ['tcbStatus', { tcbStatus: 'any' }],
  ['tcbStatus[0]', { tcbStatus: ['Revoked'] }],
  ['tcbStatus[1]', { tcbStatus: ['UpToDate', 'NotRated'] }],
  ['tcbStatus[0]', { tcbStatus: ['uptodate'] }],
  ['advisories', { advisories: 'INTEL-SA-00837' }],
  ['advisories[0]', { advisories: ['any'] }],
  ['advisories[0]', { advisories: ['INTEL-SA-837'] }],
  ['advisories[0]', { advisories: ['INTEL-SA-00837 '] }],
  ['advisories[0]', { advisories: ['intel-sa-00837'] }],
  ['advisories[1]', { advisories: ['INTEL-SA-00837', 'INTEL-SA-.....'] }],
  ['advisories[0]', { advisories: [837] }],
  ['minTcbEvaluationDataNumber', { minTcbEvaluationDataNumber: -1 }],
  ['minTcbEvaluationDataNumber', { minTcbEvaluationDataNumber: '17' }],
  ['minTcbEvaluationDataNumber', { minTcbEvaluationDataNumber: 2 ** 32 }],
  ['fmspc', { fmspc: [] }],
  ['fmspc', { fmspc: '00806f050000' }],
  ['fmspc', { fmspc: 'any' }],
  ['fmspc[0]', { fmspc: ['00806f0500'] }],
  ['fmspc[0]', { fmspc: ['00806f05000z'] }],
  ['platformInstanceId', { platformInstanceId: [] }],
  ['platformInstanceId[0]', { platformInstanceId: ['00'.repeat(15)] }],
  ['platformInstanceId[0]', { platformInstanceId: [0] }],
  ['tcbstatus', { tcbstatus: ['UpToDate'] }],
  ['skipVerify', { skipVerify: true }]
]

/** The place that a policy with this rule is refused for, or `none`. Members that are undefined are left out, as JSON does. */
export function fieldRefusedIn(rule: Json): unknown {
  try {
    parsePolicy(JSON.stringify({ anyOf: [rule] }))
    return 'none'
  } catch (error) {
    if (TresorError.is(error) && error.code === 'ERR_USAGE_POLICY') return error.details?.field
    throw error
  }
}
