// SNP reports: claims under the names of the conformance file.
import { type Appraisal, authenticate, type ClaimValue } from '@tresor/sdk/verify'
import { toHex } from '../../../packages/sdk/src/core/index.js'
import {
  encodeTcb,
  parseSnpReport,
  parseTcb,
  productOfCpuid,
  type SnpTcb,
  type SnpTcbLayout,
  tcbLayoutOf
} from '../../../packages/sdk/src/evidence/index.js'
import type { ConformanceCase } from '../case.js'
import type { ConformanceKind } from '../kind.js'
import { offlineCollateral } from '../offline-collateral.js'

type Claims = Readonly<Record<string, unknown>>

export const snpReport: ConformanceKind = {
  name: 'snp-report',
  authenticate: (testCase, bytes) =>
    authenticate(
      { kind: 'snp', bytes, endorsements: [] },
      { collateral: offlineCollateral(testCase.with), ...(testCase.at === undefined ? {} : { now: testCase.at }) }
    ),
  decode: decodeReport,
  claimsOf: renameClaims,
  boundaries: [
    0x000, 0x004, 0x008, 0x010, 0x020, 0x030, 0x034, 0x038, 0x040, 0x048, 0x04c, 0x050, 0x090, 0x0c0, 0x0e0, 0x110,
    0x140, 0x160, 0x180, 0x188, 0x189, 0x18a, 0x18b, 0x1a0, 0x1e0, 0x1e8, 0x1ec, 0x1f0, 0x1f8, 0x200, 0x208, 0x2a0,
    0x2d0, 0x2e8, 0x318, 0x330
  ]
}

/** The claims that authentication gave; numbers and names as the file spells them. */
function renameClaims({ claims }: Appraisal): Claims {
  const layout = claims.product === 'Turin' ? 'turin' : 'milan'
  const { platformInfo, cpuid, launchMitVector, currentMitVector } = claims
  return {
    version: claims.version,
    guest_svn: claims.guestSvn,
    policy: claims.policy,
    family_id: claims.familyId,
    image_id: claims.imageId,
    vmpl: claims.vmpl,
    sig_algo: 1,
    current_tcb: tcbOf(claims.currentTcb, layout),
    platform_info: member(platformInfo, 'raw'),
    key_info: keyInfoOf(claims),
    report_data: claims.reportData,
    measurement: claims.measurement,
    host_data: claims.hostData,
    id_key_digest: claims.idKeyDigest,
    author_key_digest: claims.authorKeyDigest,
    report_id: claims.reportId,
    report_id_ma: claims.reportIdMa,
    reported_tcb: tcbOf(claims.reportedTcb, layout),
    chip_id: claims.chipId,
    committed_tcb: tcbOf(claims.committedTcb, layout),
    current_version: claims.currentVersion,
    committed_version: claims.committedVersion,
    launch_tcb: tcbOf(claims.launchTcb, layout),
    cpuid_fam_id: member(cpuid, 'family'),
    cpuid_mod_id: member(cpuid, 'model'),
    cpuid_step: member(cpuid, 'stepping'),
    launch_mit_vector: vectorOf(launchMitVector),
    current_mit_vector: vectorOf(currentMitVector)
  }
}

/** What the bytes say, for reports that cannot be authenticated. A report of version 2 has Milan's layout of TCB versions. */
function decodeReport({ bytes }: ConformanceCase): Claims {
  const report = parseSnpReport(bytes)
  const product = report.cpuid === undefined ? undefined : productOfCpuid(report.cpuid)
  const layout = tcbLayoutOf(product ?? 'Milan')
  const tcb = (version: Uint8Array): Claims => spellTcb(parseTcb(version, layout), layout)
  const { authorKeyEnabled, maskChipKey, signingKey } = report.keyInfo
  return {
    version: report.version,
    guest_svn: report.guestSvn,
    policy: `0x${report.policy.toString(16)}`,
    family_id: toHex(report.familyId),
    image_id: toHex(report.imageId),
    vmpl: report.vmpl,
    sig_algo: 1,
    current_tcb: tcb(report.currentTcb),
    platform_info: `0x${report.platformInfo.toString(16)}`,
    key_info: keyInfoOf({ authorKeyEnabled, maskChipKey, signingKey }),
    report_data: toHex(report.reportData),
    measurement: toHex(report.measurement),
    host_data: toHex(report.hostData),
    id_key_digest: toHex(report.idKeyDigest),
    author_key_digest: toHex(report.authorKeyDigest),
    report_id: toHex(report.reportId),
    report_id_ma: toHex(report.reportIdMa),
    reported_tcb: tcb(report.reportedTcb),
    chip_id: toHex(report.chipId),
    committed_tcb: tcb(report.committedTcb),
    current_version: versionOf(report.currentVersion),
    committed_version: versionOf(report.committedVersion),
    launch_tcb: tcb(report.launchTcb),
    cpuid_fam_id: report.cpuid?.family,
    cpuid_mod_id: report.cpuid?.model,
    cpuid_step: report.cpuid?.stepping,
    launch_mit_vector: vectorOf(report.launchMitVector?.toString(16)),
    current_mit_vector: vectorOf(report.currentMitVector?.toString(16))
  }
}

function tcbOf(claim: ClaimValue | undefined, layout: SnpTcbLayout): Claims {
  return spellTcb(claim as unknown as SnpTcb, layout) // the claims of an authenticated report hold components
}

function spellTcb(tcb: SnpTcb, layout: SnpTcbLayout): Claims {
  return {
    ...(tcb.fmc === undefined ? {} : { fmc: tcb.fmc }),
    bl: tcb.bootLoader,
    tee: tcb.tee,
    snp: tcb.snp,
    ucode: tcb.microcode,
    raw: toHex(encodeTcb(tcb, layout))
  }
}

function keyInfoOf({ authorKeyEnabled, maskChipKey, signingKey }: Claims): number {
  return (authorKeyEnabled === true ? 1 : 0) | (maskChipKey === true ? 2 : 0) | (signingKey === 'VLEK' ? 4 : 0)
}

/** Eight bytes in little endian order, as in the report. */
function vectorOf(hex: ClaimValue | undefined): string | undefined {
  if (typeof hex !== 'string') return undefined
  const digits = hex.replace(/^0x/, '').padStart(16, '0')
  return (digits.match(/../g) ?? []).reverse().join('')
}

function versionOf({ major, minor, build }: { major: number; minor: number; build: number }): string {
  return `${major}.${minor}.${build}`
}

function member(value: ClaimValue | undefined, name: string): unknown {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Claims)[name] : undefined
}
