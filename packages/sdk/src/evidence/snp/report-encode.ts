// The inverse of parseSnpReport, for simulators and tests. A verifier never imports it.
import { EvidenceError, reverseBytes } from '../../core/index.js'
import { encodeKeyInfo } from './key-info.js'
import type { SnpFirmwareVersion, SnpReport } from './report.js'
import { snpReportBytes, snpSignatureOffset } from './report.js'

/** What a report is made of: `policy` and `platformInfo` as numbers, without their decoded forms. */
export type SnpReportFields = Omit<SnpReport, 'guestPolicy' | 'platform'>

/**
 * The 1184 bytes of a report. Sign the first `snpSignatureOffset` bytes of a report whose signature is 96 zeros, then encode
 * again with the signature.
 * @throws EvidenceError ERR_EVIDENCE_FORMAT when a field has a wrong length
 */
export function encodeSnpReport(report: SnpReportFields): Uint8Array {
  const out = new Uint8Array(snpReportBytes)
  putNumbers(new DataView(out.buffer), report)
  putBytes(out, report)
  putVersion(out, 0x1e8, report.currentVersion)
  putVersion(out, 0x1ec, report.committedVersion)
  putSignature(out, report.signature)
  return out
}

function putNumbers(view: DataView, report: SnpReportFields): void {
  view.setUint32(0x000, report.version, true)
  view.setUint32(0x004, report.guestSvn, true)
  view.setBigUint64(0x008, report.policy, true)
  view.setUint32(0x030, report.vmpl, true)
  view.setUint32(0x034, 1, true)
  view.setBigUint64(0x040, report.platformInfo, true)
  view.setUint32(0x048, encodeKeyInfo(report.keyInfo), true)
  view.setUint8(0x188, report.cpuid?.family ?? 0)
  view.setUint8(0x189, report.cpuid?.model ?? 0)
  view.setUint8(0x18a, report.cpuid?.stepping ?? 0)
  view.setBigUint64(0x1f8, report.launchMitVector ?? 0n, true)
  view.setBigUint64(0x200, report.currentMitVector ?? 0n, true)
}

function putBytes(out: Uint8Array, report: SnpReportFields): void {
  put(out, 0x010, report.familyId, 16)
  put(out, 0x020, report.imageId, 16)
  put(out, 0x038, report.currentTcb, 8)
  put(out, 0x050, report.reportData, 64)
  put(out, 0x090, report.measurement, 48)
  put(out, 0x0c0, report.hostData, 32)
  put(out, 0x0e0, report.idKeyDigest, 48)
  put(out, 0x110, report.authorKeyDigest, 48)
  put(out, 0x140, report.reportId, 32)
  put(out, 0x160, report.reportIdMa, 32)
  put(out, 0x180, report.reportedTcb, 8)
  put(out, 0x1a0, report.chipId, 64)
  put(out, 0x1e0, report.committedTcb, 8)
  put(out, 0x1f0, report.launchTcb, 8)
}

function putVersion(out: Uint8Array, offset: number, { major, minor, build }: SnpFirmwareVersion): void {
  put(out, offset, Uint8Array.of(build, minor, major), 3)
}

function putSignature(out: Uint8Array, signature: Uint8Array): void {
  if (signature.length !== 96) throw wrongLength(snpSignatureOffset, 96, signature.length)
  out.set(reverseBytes(signature.subarray(0, 48)), snpSignatureOffset)
  out.set(reverseBytes(signature.subarray(48)), snpSignatureOffset + 72)
}

function put(out: Uint8Array, offset: number, bytes: Uint8Array, length: number): void {
  if (bytes.length !== length) throw wrongLength(offset, length, bytes.length)
  out.set(bytes, offset)
}

function wrongLength(offset: number, expected: number, found: number): EvidenceError {
  const where = `0x${offset.toString(16)}`
  return new EvidenceError('ERR_EVIDENCE_FORMAT', `SNP report: expected ${expected} bytes for ${where}, found ${found}`)
}
