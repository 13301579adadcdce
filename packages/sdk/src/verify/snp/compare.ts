// An authenticated SNP report against a rule: every demand is a check, and all of them are made.
import { type PolicyCode, toHex } from '../../core/index.js'
import { guestPolicyBits, parseTcb, platformInfoBits, type SnpTcb, tcbLayoutOf } from '../../evidence/index.js'
import type { Comparison, DemandText } from '../comparison.js'
import type { Authenticated } from '../verifier.js'
import type { SnpFacts } from './authenticate.js'
import { formatTcb } from './fit.js'
import { type FlagRule, keysOf, type SnpRule, type TcbFloors } from './rule.js'

export function compareSnp({ facts }: Authenticated<SnpFacts>, rule: SnpRule, comparison: Comparison): void {
  const { report, leaf } = facts
  const { debug } = report.guestPolicy
  compareFlag(comparison, rule.guestPolicy.debug, debug, {
    id: 'debug',
    title: 'debug is off',
    code: 'ERR_POLICY_DEBUG'
  })
  comparison.digest(rule.measurement, toHex(report.measurement), accepted('measurement', 'ERR_POLICY_MEASUREMENT'))
  compareVmpl(comparison, rule.vmpl, report.vmpl)
  compareGuestPolicy(comparison, rule, facts)
  if (rule.product !== 'any') {
    comparison.oneOf(rule.product, leaf.product, accepted('product', 'ERR_POLICY_PRODUCT'))
  }
  compareTcb(comparison, rule.minTcb, facts, reportedTcb)
  if (rule.chipId !== 'any') {
    comparison.oneOf(rule.chipId, toHex(report.chipId), accepted('chip', 'ERR_POLICY_PLATFORM_ID'))
  }
  compareIdentities(comparison, rule, facts)
  comparePlatform(comparison, rule, facts)
}

function compareVmpl(comparison: Comparison, highest: number, vmpl: number): void {
  const values = (): [string, string] => [`at most ${highest}`, String(vmpl)]
  comparison.demand(vmpl <= highest, accepted('vmpl', 'ERR_POLICY_VMPL', 'VMPL'), values)
}

function compareGuestPolicy(comparison: Comparison, { guestPolicy: rule }: SnpRule, { report }: SnpFacts): void {
  const { guestPolicy } = report
  const code = 'ERR_POLICY_GUEST_POLICY'
  for (const flag of keysOf(guestPolicyBits)) {
    if (flag === 'debug' || rule[flag] === 'any') continue
    compareFlag(
      comparison,
      rule[flag],
      guestPolicy[flag],
      accepted(`guest-policy.${flag}`, code, `guest policy ${flag}`)
    )
  }
  if (rule.minAbi === undefined) return
  const actual = `${guestPolicy.abiMajor}.${guestPolicy.abiMinor}`
  const values = (): [string, string] => [`at least ${rule.minAbi}`, actual]
  const text = accepted('guest-policy.minAbi', code, 'least firmware interface')
  comparison.demand(isAtLeast(actual, rule.minAbi), text, values)
}

const reportedTcb = { field: 'reportedTcb', id: 'tcb', title: 'reported TCB is new enough' } as const
const launchTcb = { field: 'launchTcb', id: 'launch-tcb', title: 'TCB at launch is new enough' } as const

function compareTcb(
  comparison: Comparison,
  floors: 'any' | TcbFloors,
  { report, leaf: { product } }: SnpFacts,
  { field, id, title }: typeof reportedTcb | typeof launchTcb
): void {
  if (floors === 'any') return
  const floor = floors[product]
  const actual = parseTcb(report[field], tcbLayoutOf(product))
  const values = (): [string, string] => [
    floor === undefined ? `a product of ${Object.keys(floors).join(', ')}` : `at least ${formatTcb(floor)}`,
    `${product}: ${formatTcb(actual)}`
  ]
  const isMet = floor !== undefined && isTcbAtLeast(actual, floor)
  comparison.demand(isMet, { id, title, code: 'ERR_POLICY_TCB' }, values)
}

function compareIdentities(comparison: Comparison, rule: SnpRule, { report, leaf }: SnpFacts): void {
  for (const name of ['hostData', 'idKeyDigest', 'authorKeyDigest', 'familyId', 'imageId'] as const) {
    if (rule[name] !== undefined) {
      comparison.oneOf(rule[name], toHex(report[name]), accepted(name, 'ERR_POLICY_IDENTITY'))
    }
  }
  comparison.atLeast(rule.minGuestSvn, report.guestSvn, accepted('guestSvn', 'ERR_POLICY_SVN', 'guest SVN'))
  const code = 'ERR_POLICY_SIGNER'
  comparison.oneOf(rule.signingKey, report.keyInfo.signingKey, accepted('signingKey', code, 'signing key'))
  comparison.oneOf(rule.cspId, leaf.cspId ?? 'none', accepted('cspId', code, 'cloud'))
}

function comparePlatform(comparison: Comparison, rule: SnpRule, facts: SnpFacts): void {
  const { report } = facts
  const code = 'ERR_POLICY_PLATFORM'
  for (const flag of keysOf(platformInfoBits)) {
    const wanted = rule.platformInfo?.[flag] ?? 'any'
    if (wanted === 'any') continue
    compareFlag(comparison, wanted, report.platform[flag], accepted(`platform.${flag}`, code, `platform ${flag}`))
  }
  compareTcb(comparison, rule.minLaunchTcb ?? 'any', facts, launchTcb)
  for (const name of ['launchMitVector', 'currentMitVector'] as const) {
    if (rule[name] === undefined) continue
    const [wanted, actual] = [BigInt(rule[name]), report[name] ?? 0n]
    const values = (): [string, string] => [`the bits of 0x${wanted.toString(16)}`, `0x${actual.toString(16)}`]
    comparison.demand((actual & wanted) === wanted, accepted(name, code), values)
  }
}

function compareFlag(comparison: Comparison, wanted: FlagRule, actual: boolean, text: DemandText): void {
  const values = (): [string, string] => [String(wanted), String(actual)]
  comparison.demand(wanted === 'any' || wanted === actual, text, values)
}

function accepted(id: string, code: PolicyCode, subject = id): DemandText {
  return { id, title: `${subject} is accepted`, code }
}

function isAtLeast(actual: string, floor: string): boolean {
  const [major = 0, minor = 0] = actual.split('.').map(Number)
  const [floorMajor = 0, floorMinor = 0] = floor.split('.').map(Number)
  return major > floorMajor || (major === floorMajor && minor >= floorMinor)
}

/** Component by component: a newer microcode does not make up for an older boot loader. */
function isTcbAtLeast(actual: SnpTcb, floor: SnpTcb): boolean {
  return (Object.keys(floor) as (keyof SnpTcb)[]).every((name) => (actual[name] ?? -1) >= (floor[name] ?? 0)) // keys of a SnpTcb
}
