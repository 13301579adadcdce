// The attestation report of SEV-SNP, 1184 bytes (AMD 56860 revision 1.58, ATTESTATION_REPORT): versions 2, 3 and 5. A report
// of version 4 is read as one of version 3. Bytes become a value here; what it is worth is decided in verify.
import { concatBytes, EvidenceError, isZero, Reader } from '../../core/index.js'
import type { SnpGuestPolicy } from './guest-policy.js'
import { parseGuestPolicy } from './guest-policy.js'
import type { SnpKeyInfo } from './key-info.js'
import { parseKeyInfo } from './key-info.js'
import type { SnpPlatformInfo } from './platform-info.js'
import { parsePlatformInfo } from './platform-info.js'
import type { SnpCpuid } from './product.js'

export const snpReportBytes = 1184

/** The signature covers everything before this offset. */
export const snpSignatureOffset = 0x2a0

export interface SnpFirmwareVersion {
  readonly major: number
  readonly minor: number
  readonly build: number
}

/** Every field of a report. TCB versions are left as bytes, because their layout depends on the product: see `parseTcb`. */
export interface SnpReport {
  readonly version: number
  readonly guestSvn: number
  readonly policy: bigint
  readonly guestPolicy: SnpGuestPolicy
  readonly familyId: Uint8Array
  readonly imageId: Uint8Array
  readonly vmpl: number
  readonly currentTcb: Uint8Array
  readonly platformInfo: bigint
  readonly platform: SnpPlatformInfo
  readonly keyInfo: SnpKeyInfo
  readonly reportData: Uint8Array
  readonly measurement: Uint8Array
  readonly hostData: Uint8Array
  readonly idKeyDigest: Uint8Array
  readonly authorKeyDigest: Uint8Array
  readonly reportId: Uint8Array
  readonly reportIdMa: Uint8Array
  /** The one that the signing key is derived from. */
  readonly reportedTcb: Uint8Array
  /** From version 3 on. */
  readonly cpuid?: SnpCpuid
  readonly chipId: Uint8Array
  readonly committedTcb: Uint8Array
  readonly currentVersion: SnpFirmwareVersion
  readonly committedVersion: SnpFirmwareVersion
  readonly launchTcb: Uint8Array
  /** From version 5 on. */
  readonly launchMitVector?: bigint
  readonly currentMitVector?: bigint
  /** r ‖ s, 48 bytes each, big endian (IEEE P1363). */
  readonly signature: Uint8Array
}

/**
 * Reads a report. Everything that the specification reserves must be zero, except in the platform info.
 * @throws EvidenceError ERR_EVIDENCE_VERSION, ERR_EVIDENCE_FORMAT, and ERR_EVIDENCE_SIGNATURE for a report that is not signed
 */
export function parseSnpReport(bytes: Uint8Array): SnpReport {
  if (bytes.length !== snpReportBytes) {
    throw new EvidenceError(
      'ERR_EVIDENCE_FORMAT',
      `SNP report: expected ${snpReportBytes} bytes, found ${bytes.length}`
    )
  }
  const reader = new Reader(bytes, 'SNP report')
  const version = readVersion(reader)
  const guestSvn = reader.u32le('guestSvn')
  const policy = reader.u64le('policy')
  const familyId = reader.bytes(16, 'familyId')
  const imageId = reader.bytes(16, 'imageId')
  const vmpl = readVmpl(reader)
  readSignatureAlgorithm(reader)
  const currentTcb = reader.bytes(8, 'currentTcb')
  const platformInfo = reader.u64le('platformInfo')
  const keyInfo = parseKeyInfo(reader.u32le('keyInfo'))
  reader.zeros(4, 'reserved bytes')
  return {
    version,
    guestSvn,
    policy,
    guestPolicy: parseGuestPolicy(policy),
    familyId,
    imageId,
    vmpl,
    currentTcb,
    platformInfo,
    platform: parsePlatformInfo(platformInfo),
    keyInfo,
    reportData: reader.bytes(64, 'reportData'),
    measurement: reader.bytes(48, 'measurement'),
    hostData: reader.bytes(32, 'hostData'),
    idKeyDigest: reader.bytes(48, 'idKeyDigest'),
    authorKeyDigest: reader.bytes(48, 'authorKeyDigest'),
    reportId: reader.bytes(32, 'reportId'),
    reportIdMa: reader.bytes(32, 'reportIdMa'),
    reportedTcb: reader.bytes(8, 'reportedTcb'),
    ...readCpuid(reader, version),
    chipId: reader.bytes(64, 'chipId'),
    committedTcb: reader.bytes(8, 'committedTcb'),
    currentVersion: readFirmwareVersion(reader, 'currentVersion'),
    committedVersion: readFirmwareVersion(reader, 'committedVersion'),
    launchTcb: reader.bytes(8, 'launchTcb'),
    ...readMitigations(reader, version),
    signature: readSignature(reader)
  }
}

function readVersion(reader: Reader): number {
  const version = reader.u32le('version')
  if (version < 2 || version > 5) {
    throw new EvidenceError('ERR_EVIDENCE_VERSION', `SNP report: expected version 2, 3, 4 or 5, found ${version}`, {
      details: { field: 'version', expected: '2, 3, 4 or 5', actual: String(version) }
    })
  }
  return version
}

/** The value 0xffffffff marks a report that the host asked for: it says nothing about who is inside. */
function readVmpl(reader: Reader): number {
  const vmpl = reader.u32le('vmpl')
  if (vmpl > 3) throw reader.fail(`expected a VMPL from 0 to 3, found ${vmpl}`, 'vmpl')
  return vmpl
}

function readSignatureAlgorithm(reader: Reader): void {
  const algorithm = reader.u32le('signatureAlgorithm')
  if (algorithm !== 1) {
    throw reader.fail(
      `expected signature algorithm 1 (ECDSA P-384 with SHA-384), found ${algorithm}`,
      'signatureAlgorithm'
    )
  }
}

function readCpuid(reader: Reader, version: number): Pick<SnpReport, 'cpuid'> {
  if (version < 3) {
    reader.zeros(24, 'reserved bytes')
    return {}
  }
  const cpuid = { family: reader.u8('family'), model: reader.u8('model'), stepping: reader.u8('stepping') }
  reader.zeros(21, 'reserved bytes')
  return { cpuid }
}

function readFirmwareVersion(reader: Reader, field: string): SnpFirmwareVersion {
  const build = reader.u8(field)
  const minor = reader.u8(field)
  const major = reader.u8(field)
  reader.zeros(1, 'reserved byte')
  return { major, minor, build }
}

function readMitigations(reader: Reader, version: number): Pick<SnpReport, 'launchMitVector' | 'currentMitVector'> {
  if (version < 5) {
    reader.zeros(168, 'reserved bytes')
    return {}
  }
  const vectors = {
    launchMitVector: reader.u64le('launchMitVector'),
    currentMitVector: reader.u64le('currentMitVector')
  }
  reader.zeros(152, 'reserved bytes')
  return vectors
}

/** r and s are 72 bytes each in little endian order; a number of P-384 fills 48 of them. */
function readSignature(reader: Reader): Uint8Array {
  const r = reader.bytes(48, 'signature r')
  reader.zeros(24, 'upper bytes of signature r')
  const s = reader.bytes(48, 'signature s')
  reader.zeros(24, 'upper bytes of signature s')
  reader.zeros(368, 'reserved bytes after the signature')
  reader.end()
  if (isZero(r) && isZero(s)) {
    throw new EvidenceError('ERR_EVIDENCE_SIGNATURE', 'SNP report: not signed: the platform masks its chip key')
  }
  return concatBytes(r.reverse(), s.reverse())
}
