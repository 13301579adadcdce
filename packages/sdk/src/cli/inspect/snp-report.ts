// An SNP report in words.
import { isZero, toHex } from '../../core/index.js'
import {
  guestPolicyBits,
  parseSnpReport,
  parseTcb,
  platformInfoBits,
  productOfCpuid,
  type SnpFirmwareVersion,
  type SnpProduct,
  type SnpReport,
  tcbLayoutOf
} from '../../evidence/index.js'
import { type Description, describe, type Remark } from './description.js'

/** @throws EvidenceError for a malformed report */
export function describeSnpReport(bytes: Uint8Array): Description {
  const report = parseSnpReport(bytes)
  const product = report.cpuid === undefined ? undefined : productOfCpuid(report.cpuid)
  return describe('snp-report', `SNP attestation report, version ${report.version}`, {
    fields: { ...guestFields(report), ...tcbFields(report, product), ...platformFields(report, product) },
    remarks: remarksOn(report, product)
  })
}

function guestFields(report: SnpReport): Record<string, string> {
  const { abiMajor, abiMinor } = report.guestPolicy
  return {
    measurement: toHex(report.measurement),
    'report data': toHex(report.reportData),
    ...unlessZero('host data', report.hostData),
    VMPL: String(report.vmpl),
    'guest SVN': String(report.guestSvn),
    'guest policy': `ABI ${abiMajor}.${abiMinor}, allows or demands: ${flagsOf(report.guestPolicy, guestPolicyBits)}`,
    ...unlessZero('family id', report.familyId),
    ...unlessZero('image id', report.imageId),
    ...unlessZero('id key digest', report.idKeyDigest),
    ...(report.keyInfo.authorKeyEnabled ? { 'author key': toHex(report.authorKeyDigest) } : {}),
    'report id': toHex(report.reportId)
  }
}

function tcbFields(report: SnpReport, product: SnpProduct | undefined): Record<string, string> {
  return {
    'reported TCB': tcbText(report.reportedTcb, product),
    'current TCB': tcbText(report.currentTcb, product),
    'committed TCB': tcbText(report.committedTcb, product),
    'launch TCB': tcbText(report.launchTcb, product)
  }
}

function platformFields(report: SnpReport, product: SnpProduct | undefined): Record<string, string> {
  const { family, model, stepping } = report.cpuid ?? {}
  return {
    product: report.cpuid === undefined ? 'not stated' : (product ?? 'not known'),
    ...(report.cpuid === undefined ? {} : { processor: `family ${family}, model ${model}, stepping ${stepping}` }),
    'chip id': isZero(report.chipId) ? 'masked' : toHex(report.chipId),
    'signed by': report.keyInfo.signingKey,
    firmware: `${versionText(report.currentVersion)}, committed ${versionText(report.committedVersion)}`,
    platform: flagsOf(report.platform, platformInfoBits),
    ...mitigationFields(report)
  }
}

function mitigationFields({ launchMitVector, currentMitVector }: SnpReport): Record<string, string> {
  if (launchMitVector === undefined || currentMitVector === undefined) return {}
  return { mitigations: `${hex(launchMitVector)} at launch, ${hex(currentMitVector)} now` }
}

function remarksOn(report: SnpReport, product: SnpProduct | undefined): readonly Remark[] {
  const { guestPolicy, currentTcb, committedTcb } = report
  return [
    guestPolicy.debug
      ? bad('debugging is allowed: the host may read and write the memory of this guest')
      : { tone: 'good', text: 'debugging is not allowed' },
    guestPolicy.migrationAgent
      ? warn('a migration agent is allowed: it may move this guest, with its memory, to another machine')
      : { tone: 'good', text: 'migration is not allowed' },
    ...(report.vmpl === 0
      ? []
      : [warn(`asked for at privilege level ${report.vmpl}: level 0 is the most privileged one`)]),
    ...(isZero(report.reportData)
      ? [warn('report data is zero: the report is bound to nothing, and may be a replay')]
      : []),
    ...(isZero(report.chipId) ? [warn('the chip id is masked: the machine cannot be told from others')] : []),
    ...(toHex(currentTcb) === toHex(committedTcb)
      ? []
      : [warn('the current TCB is not committed: the host may still go back to the committed one')]),
    ...(report.version === 2
      ? [warn('version 2 does not state the product: the certificate does; TCB as on Milan and Genoa')]
      : []),
    ...(report.version > 2 && product === undefined ? [bad('the processor is none that is known here')] : [])
  ]
}

/** Reports of version 2 come from Milan and Genoa, which have one layout. */
function tcbText(bytes: Uint8Array, product: SnpProduct | undefined): string {
  const components = parseTcb(bytes, tcbLayoutOf(product ?? 'Milan'))
  const names = { fmc: 'FMC', bootLoader: 'boot loader', tee: 'TEE', snp: 'SNP firmware', microcode: 'microcode' }
  return Object.entries(components)
    .map(([name, value]) => `${names[name as keyof typeof names]} ${value}`) // the components of SnpTcb
    .join(', ')
}

function flagsOf<F extends string>(flags: Readonly<Record<F, boolean>>, bits: Readonly<Record<F, number>>): string {
  const set = (Object.keys(bits) as F[]).filter((flag) => flags[flag]) // the keys of the table
  return set.length === 0 ? 'nothing' : set.join(', ')
}

function unlessZero(name: string, bytes: Uint8Array): Record<string, string> {
  return isZero(bytes) ? {} : { [name]: toHex(bytes) }
}

function versionText({ major, minor, build }: SnpFirmwareVersion): string {
  return `${major}.${minor}.${build}`
}

function hex(value: bigint): string {
  return `0x${value.toString(16)}`
}

function bad(text: string): Remark {
  return { tone: 'bad', text }
}

function warn(text: string): Remark {
  return { tone: 'warn', text }
}
