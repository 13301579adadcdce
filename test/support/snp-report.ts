// A well-formed report that nobody signed, for tests of the format alone.
import { encodeSnpReport, type SnpReportFields } from '../../packages/sdk/src/evidence/index.js'

export const reportFields: SnpReportFields = {
  version: 5,
  guestSvn: 3,
  policy: 0x3001fn,
  familyId: filled(16, 0x11),
  imageId: filled(16, 0x12),
  vmpl: 1,
  currentTcb: Uint8Array.of(4, 0, 0, 0, 0, 0, 24, 220),
  platformInfo: 0x25n,
  keyInfo: { authorKeyEnabled: true, maskChipKey: false, signingKey: 'VCEK' },
  reportData: filled(64, 0x13),
  measurement: filled(48, 0x14),
  hostData: filled(32, 0x15),
  idKeyDigest: filled(48, 0x16),
  authorKeyDigest: filled(48, 0x17),
  reportId: filled(32, 0x18),
  reportIdMa: filled(32, 0xff),
  reportedTcb: Uint8Array.of(3, 0, 0, 0, 0, 0, 22, 213),
  cpuid: { family: 0x19, model: 0x01, stepping: 0x01 },
  chipId: filled(64, 0x19),
  committedTcb: Uint8Array.of(4, 0, 0, 0, 0, 0, 23, 219),
  currentVersion: { major: 1, minor: 55, build: 29 },
  committedVersion: { major: 1, minor: 55, build: 21 },
  launchTcb: Uint8Array.of(4, 0, 0, 0, 0, 0, 23, 218),
  launchMitVector: 0x0bn,
  currentMitVector: 0x3fn,
  signature: Uint8Array.from({ length: 96 }, (_, i) => i + 1)
}

export function reportBytes(fields: Partial<SnpReportFields> = {}): Uint8Array {
  return encodeSnpReport({ ...reportFields, ...fields })
}

/** The bytes of a report with some of them replaced, from `offset` on. */
export function patched(offset: number, ...values: readonly number[]): Uint8Array {
  const bytes = reportBytes()
  bytes.set(values, offset)
  return bytes
}

function filled(length: number, value: number): Uint8Array {
  return new Uint8Array(length).fill(value)
}
