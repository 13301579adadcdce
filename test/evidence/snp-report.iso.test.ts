import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  encodeSnpReport,
  parseSnpReport,
  type SnpReportFields,
  snpReportBytes
} from '../../packages/sdk/src/evidence/index.js'
import { codeOf } from '../support/coded.js'
import { patched, reportBytes, reportFields } from '../support/snp-report.js'

describe('parseSnpReport', () => {
  it('reads every field of a report of version 5', () => {
    expect(parseSnpReport(reportBytes())).toMatchObject(reportFields)
  })

  it.each([3, 4])('reads version %i without mitigation vectors', (version) => {
    const report = parseSnpReport(reportBytes({ version, launchMitVector: 0n, currentMitVector: 0n }))
    expect(report).toMatchObject({ version, cpuid: reportFields.cpuid })
    expect(report).not.toHaveProperty('launchMitVector')
  })

  it('reads version 2 without a processor', () => {
    const cpuid = { family: 0, model: 0, stepping: 0 }
    const report = parseSnpReport(reportBytes({ version: 2, cpuid, launchMitVector: 0n, currentMitVector: 0n }))
    expect(report).not.toHaveProperty('cpuid')
  })

  it('copies what it returns', () => {
    const bytes = reportBytes()
    const { measurement } = parseSnpReport(bytes)
    bytes.fill(0)
    expect(measurement).toEqual(reportFields.measurement)
  })

  it.each([0, 1, 6, 0x0200_0000])('rejects version %i', (version) => {
    expect(codeOf(() => parseSnpReport(reportBytes({ version })))).toBe('ERR_EVIDENCE_VERSION')
  })

  it.each([
    ['a report that the host requested', patched(0x30, 0xff, 0xff, 0xff, 0xff)],
    ['a VMPL above 3', patched(0x30, 4)],
    ['another signature algorithm', patched(0x34, 2)],
    ['a guest policy whose bit 17 is clear', reportBytes({ policy: 0x1001fn })],
    ['an unknown bit of the guest policy', reportBytes({ policy: 0x0403001fn })],
    ['the highest bit of the guest policy', reportBytes({ policy: 0x800000000003001fn })],
    ['a report that no key signed', patched(0x48, 0x1c)],
    ['an unknown signing key', patched(0x48, 0x08)],
    ['a reserved bit of the key info', patched(0x48, 0x20)],
    ['reserved bytes behind the key info', patched(0x4c, 1)],
    ['reserved bytes behind the processor', patched(0x18b, 1)],
    ['a reserved byte of the current version', patched(0x1eb, 1)],
    ['a reserved byte of the committed version', patched(0x1ef, 1)],
    ['reserved bytes behind the mitigation vectors', patched(0x29f, 1)],
    ['upper bytes of r', patched(0x2a0 + 48, 1)],
    ['upper bytes of s', patched(0x2a0 + 72 + 71, 1)],
    ['bytes behind the signature', patched(0x49f, 1)],
    ['a processor in version 2', reportBytes({ version: 2 })],
    ['mitigation vectors in version 3', reportBytes({ version: 3 })]
  ])('rejects %s', (_, bytes) => {
    expect(codeOf(() => parseSnpReport(bytes))).toBe('ERR_EVIDENCE_FORMAT')
  })

  it('rejects a report without signature, which a masked chip key leaves behind', () => {
    expect(codeOf(() => parseSnpReport(reportBytes({ signature: new Uint8Array(96) })))).toBe('ERR_EVIDENCE_SIGNATURE')
  })

  it('rejects every other length', () => {
    const bytes = reportBytes()
    const lengths = Array.from({ length: snpReportBytes }, (_, length) => length)
    expect(
      lengths.filter((length) => codeOf(() => parseSnpReport(bytes.slice(0, length))) !== 'ERR_EVIDENCE_FORMAT')
    ).toEqual([])
    expect(codeOf(() => parseSnpReport(new Uint8Array(snpReportBytes + 1)))).toBe('ERR_EVIDENCE_FORMAT')
  })

  it('either refuses a flipped bit or reads another value', () => {
    const bytes = reportBytes()
    const before = describeReport(bytes)
    for (let bit = 0; bit < 8 * bytes.length; bit++) {
      const damaged = bytes.slice()
      damaged[bit >> 3] = (damaged[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      expect(describeReport(damaged), `bit ${bit}`).not.toBe(before)
    }
  })

  it('throws nothing but coded errors for any bytes', () => {
    const likely = fc.uint8Array({ minLength: snpReportBytes, maxLength: snpReportBytes })
    fc.assert(
      fc.property(
        fc.oneof(fc.uint8Array({ maxLength: 2000 }), likely),
        (bytes) => typeof codeOf(() => parseSnpReport(bytes)) === 'string'
      )
    )
  })
})

describe('encodeSnpReport', () => {
  it('is the inverse of parseSnpReport', () => {
    fc.assert(
      fc.property(anyFields(), (fields) => {
        expect(parseSnpReport(encodeSnpReport(fields))).toMatchObject(fields)
      })
    )
  })

  it.each(['reportData', 'measurement', 'chipId', 'currentTcb', 'signature'] as const)(
    'rejects a %s of a wrong length',
    (field) => {
      expect(codeOf(() => reportBytes({ [field]: new Uint8Array(7) }))).toBe('ERR_EVIDENCE_FORMAT')
    }
  )
})

function describeReport(bytes: Uint8Array): string {
  try {
    const report = parseSnpReport(bytes)
    return JSON.stringify(report, (_, value: unknown) => (typeof value === 'bigint' ? value.toString() : value))
  } catch (error) {
    return String(error)
  }
}

function anyFields(): fc.Arbitrary<SnpReportFields> {
  const bytes = (length: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ minLength: length, maxLength: length })
  const byte = fc.integer({ min: 0, max: 255 })
  const u32 = fc.integer({ min: 0, max: 0xffffffff })
  const u64 = fc.bigInt({ min: 0n, max: (1n << 64n) - 1n })
  const version = fc.record({ major: byte, minor: byte, build: byte })
  return fc.record({
    version: fc.constant(5),
    guestSvn: u32,
    policy: fc.bigInt({ min: 0n, max: (1n << 26n) - 1n }).map((policy) => policy | (1n << 17n)),
    familyId: bytes(16),
    imageId: bytes(16),
    vmpl: fc.integer({ min: 0, max: 3 }),
    currentTcb: bytes(8),
    platformInfo: u64,
    keyInfo: fc.record({
      authorKeyEnabled: fc.boolean(),
      maskChipKey: fc.boolean(),
      signingKey: fc.constantFrom('VCEK' as const, 'VLEK' as const)
    }),
    reportData: bytes(64),
    measurement: bytes(48),
    hostData: bytes(32),
    idKeyDigest: bytes(48),
    authorKeyDigest: bytes(48),
    reportId: bytes(32),
    reportIdMa: bytes(32),
    reportedTcb: bytes(8),
    cpuid: fc.record({ family: byte, model: byte, stepping: byte }),
    chipId: bytes(64),
    committedTcb: bytes(8),
    currentVersion: version,
    committedVersion: version,
    launchTcb: bytes(8),
    launchMitVector: u64,
    currentMitVector: u64,
    signature: bytes(96).map((signature) => signature.with(0, 1))
  })
}
