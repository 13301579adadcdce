// What a report says, as JSON: names in camel case, bytes in hex.
import { toHex } from '../../core/index.js'
import {
  parseTcb,
  type SnpFirmwareVersion,
  type SnpProduct,
  type SnpReport,
  tcbLayoutOf
} from '../../evidence/index.js'
import type { ClaimValue } from '../appraisal.js'
import type { Claims } from '../findings.js'
import { productOfReport } from './fit.js'
import type { SnpLeaf } from './leaf.js'

/** All claims of a report. Product and TCB of version 2 are known only once the certificate is. */
export function snpClaims(report: SnpReport, leaf?: SnpLeaf): Claims {
  const product = productOfReport(report) ?? leaf?.product
  const claims: { [name: string]: ClaimValue } = {
    version: report.version,
    product: product ?? null,
    signingKey: report.keyInfo.signingKey,
    measurement: toHex(report.measurement),
    reportData: toHex(report.reportData),
    hostData: toHex(report.hostData),
    vmpl: report.vmpl,
    guestSvn: report.guestSvn,
    policy: hex(report.policy),
    guestPolicy: { ...report.guestPolicy },
    familyId: toHex(report.familyId),
    imageId: toHex(report.imageId),
    idKeyDigest: toHex(report.idKeyDigest),
    authorKeyEnabled: report.keyInfo.authorKeyEnabled,
    authorKeyDigest: toHex(report.authorKeyDigest),
    reportId: toHex(report.reportId),
    reportIdMa: toHex(report.reportIdMa),
    reportedTcb: tcbClaim(report.reportedTcb, product),
    currentTcb: tcbClaim(report.currentTcb, product),
    committedTcb: tcbClaim(report.committedTcb, product),
    launchTcb: tcbClaim(report.launchTcb, product),
    chipId: toHex(report.chipId),
    maskChipKey: report.keyInfo.maskChipKey,
    platformInfo: { raw: hex(report.platformInfo), ...report.platform },
    currentVersion: version(report.currentVersion),
    committedVersion: version(report.committedVersion)
  }
  if (leaf?.cspId !== undefined) claims.cspId = leaf.cspId
  if (report.cpuid !== undefined) claims.cpuid = { ...report.cpuid }
  if (report.launchMitVector !== undefined) claims.launchMitVector = hex(report.launchMitVector)
  if (report.currentMitVector !== undefined) claims.currentMitVector = hex(report.currentMitVector)
  return claims
}

function tcbClaim(bytes: Uint8Array, product: SnpProduct | undefined): ClaimValue {
  return product === undefined ? { raw: toHex(bytes) } : { ...parseTcb(bytes, tcbLayoutOf(product)) }
}

function hex(value: bigint): string {
  return `0x${value.toString(16)}`
}

function version({ major, minor, build }: SnpFirmwareVersion): string {
  return `${major}.${minor}.${build}`
}
