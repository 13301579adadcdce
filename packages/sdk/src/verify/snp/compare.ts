// An authenticated SNP report against a rule: every demand is a check, and all of them are made.
import { toHex } from '../../core/index.js'
import {
  guestPolicyBits,
  parseTcb,
  platformInfoBits,
  type SnpGuestPolicyFlag,
  type SnpPlatformFlag,
  type SnpTcb,
  tcbLayoutOf
} from '../../evidence/index.js'
import type { Checklist } from '../checklist.js'
import { Comparison } from '../comparison.js'
import { formatAccepted, isAccepted } from '../named-digest.js'
import type { Authenticated } from '../verifier.js'
import type { SnpFacts } from './authenticate.js'
import { formatTcb } from './fit.js'
import type { FlagRule, SnpRule, TcbFloors } from './rule.js'

/** The facts of one report, and where the checks go. */
class SnpComparison extends Comparison {
  readonly facts: SnpFacts

  constructor(facts: SnpFacts, checklist: Checklist) {
    super(checklist, 'SNP')
    this.facts = facts
  }
}

export function compareSnp({ facts }: Authenticated<SnpFacts>, rule: SnpRule, checklist: Checklist): void {
  const comparison = new SnpComparison(facts, checklist)
  compareDebug(comparison, rule)
  compareMeasurement(comparison, rule.measurement)
  compareVmpl(comparison, rule.vmpl)
  compareGuestPolicy(comparison, rule)
  compareProduct(comparison, rule.product)
  compareTcb(comparison, 'minTcb', rule.minTcb, facts.report.reportedTcb)
  compareChip(comparison, rule.chipId)
  compareIdentities(comparison, rule)
  compareSigner(comparison, rule)
  comparePlatform(comparison, rule)
}

function compareDebug(comparison: SnpComparison, rule: SnpRule): void {
  const { debug } = comparison.facts.report.guestPolicy
  comparison.demand(fits(rule.guestPolicy.debug, debug), {
    id: 'debug',
    title: 'debug is off',
    code: 'ERR_POLICY_DEBUG',
    values: () => [String(rule.guestPolicy.debug), String(debug)]
  })
}

function compareMeasurement(comparison: SnpComparison, accepted: SnpRule['measurement']): void {
  const actual = toHex(comparison.facts.report.measurement)
  comparison.demand(isAccepted(accepted, actual), {
    id: 'measurement',
    title: 'measurement is accepted',
    code: 'ERR_POLICY_MEASUREMENT',
    values: () => [formatAccepted(accepted), actual]
  })
}

function compareVmpl(comparison: SnpComparison, highest: number): void {
  const { vmpl } = comparison.facts.report
  comparison.demand(vmpl <= highest, {
    id: 'vmpl',
    title: 'VMPL is accepted',
    code: 'ERR_POLICY_VMPL',
    values: () => [`at most ${highest}`, String(vmpl)]
  })
}

function compareGuestPolicy(comparison: SnpComparison, { guestPolicy: rule }: SnpRule): void {
  const { guestPolicy } = comparison.facts.report
  const code = 'ERR_POLICY_GUEST_POLICY'
  for (const flag of Object.keys(guestPolicyBits) as SnpGuestPolicyFlag[]) {
    if (flag === 'debug' || rule[flag] === 'any') continue // the keys of the table
    const values = (): [string, string] => [String(rule[flag]), String(guestPolicy[flag])]
    const title = `guest policy ${flag} is accepted`
    comparison.demand(fits(rule[flag], guestPolicy[flag]), { id: `guest-policy.${flag}`, title, code, values })
  }
  if (rule.minAbi === undefined) return
  const actual = `${guestPolicy.abiMajor}.${guestPolicy.abiMinor}`
  const values = (): [string, string] => [`at least ${rule.minAbi}`, actual]
  const title = 'least firmware interface is accepted'
  comparison.demand(isAtLeast(actual, rule.minAbi), { id: 'guest-policy.minAbi', title, code, values })
}

function compareProduct(comparison: SnpComparison, accepted: SnpRule['product']): void {
  const demand = { id: 'product', title: 'product is accepted', code: 'ERR_POLICY_PRODUCT' } as const
  comparison.oneOf(accepted === 'any' ? undefined : accepted, comparison.facts.leaf.product, demand)
}

type FloorName = 'minTcb' | 'minLaunchTcb'

function compareTcb(comparison: SnpComparison, name: FloorName, floors: 'any' | TcbFloors, bytes: Uint8Array): void {
  if (floors === 'any') return
  const { product } = comparison.facts.leaf
  const floor = floors[product]
  const actual = parseTcb(bytes, tcbLayoutOf(product))
  comparison.demand(floor !== undefined && isTcbAtLeast(actual, floor), {
    id: name === 'minTcb' ? 'tcb' : 'launch-tcb',
    title: name === 'minTcb' ? 'reported TCB is new enough' : 'TCB at launch is new enough',
    code: 'ERR_POLICY_TCB',
    values: () => [
      floor === undefined ? `a product of ${Object.keys(floors).join(', ')}` : `at least ${formatTcb(floor)}`,
      `${product}: ${formatTcb(actual)}`
    ]
  })
}

function compareChip(comparison: SnpComparison, accepted: SnpRule['chipId']): void {
  if (accepted === 'any') return
  const demand = { id: 'chip', title: 'chip is accepted', code: 'ERR_POLICY_PLATFORM_ID' } as const
  comparison.oneOf(accepted, toHex(comparison.facts.report.chipId), demand)
}

function compareIdentities(comparison: SnpComparison, rule: SnpRule): void {
  const { report } = comparison.facts
  for (const name of ['hostData', 'idKeyDigest', 'authorKeyDigest', 'familyId', 'imageId'] as const) {
    if (rule[name] === undefined) continue
    comparison.oneOf(rule[name], toHex(report[name]), {
      id: name,
      title: `${name} is accepted`,
      code: 'ERR_POLICY_IDENTITY'
    })
  }
  const { minGuestSvn } = rule
  if (minGuestSvn === undefined) return
  comparison.demand(report.guestSvn >= minGuestSvn, {
    id: 'guestSvn',
    title: 'guest SVN is accepted',
    code: 'ERR_POLICY_SVN',
    values: () => [`at least ${minGuestSvn}`, String(report.guestSvn)]
  })
}

function compareSigner(comparison: SnpComparison, rule: SnpRule): void {
  const { leaf, report } = comparison.facts
  const code = 'ERR_POLICY_SIGNER'
  comparison.oneOf(rule.signingKey, report.keyInfo.signingKey, {
    id: 'signingKey',
    title: 'signing key is accepted',
    code
  })
  comparison.oneOf(rule.cspId, leaf.cspId ?? 'none', { id: 'cspId', title: 'cloud is accepted', code })
}

function comparePlatform(comparison: SnpComparison, rule: SnpRule): void {
  const { report } = comparison.facts
  const code = 'ERR_POLICY_PLATFORM'
  for (const flag of Object.keys(platformInfoBits) as SnpPlatformFlag[]) {
    const wanted = rule.platformInfo?.[flag] // the keys of the table
    if (wanted === undefined || wanted === 'any') continue
    const values = (): [string, string] => [String(wanted), String(report.platform[flag])]
    const title = `platform ${flag} is accepted`
    comparison.demand(fits(wanted, report.platform[flag]), { id: `platform.${flag}`, title, code, values })
  }
  if (rule.minLaunchTcb !== undefined) compareTcb(comparison, 'minLaunchTcb', rule.minLaunchTcb, report.launchTcb)
  for (const name of ['launchMitVector', 'currentMitVector'] as const) {
    if (rule[name] !== undefined) compareVector(comparison, name, BigInt(rule[name]), report[name] ?? 0n)
  }
}

function compareVector(
  comparison: SnpComparison,
  name: 'launchMitVector' | 'currentMitVector',
  wanted: bigint,
  actual: bigint
): void {
  comparison.demand((actual & wanted) === wanted, {
    id: name,
    title: `${name} is accepted`,
    code: 'ERR_POLICY_PLATFORM',
    values: () => [`the bits of 0x${wanted.toString(16)}`, `0x${actual.toString(16)}`]
  })
}

function fits(rule: FlagRule, actual: boolean): boolean {
  return rule === 'any' || rule === actual
}

function isAtLeast(actual: string, floor: string): boolean {
  const [major = 0, minor = 0] = actual.split('.').map(Number)
  const [floorMajor = 0, floorMinor = 0] = floor.split('.').map(Number)
  return major > floorMajor || (major === floorMajor && minor >= floorMinor)
}

/** Component by component: a newer microcode does not make up for an older boot loader. */
function isTcbAtLeast(actual: SnpTcb, floor: SnpTcb): boolean {
  return (Object.keys(floor) as (keyof SnpTcb)[]).every((name) => (actual[name] ?? -1) >= (floor[name] ?? 0))
}
