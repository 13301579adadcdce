import { describe, expect, test } from 'vitest'
import { parseTdReportStruct } from '../../packages/sdk/src/attest/tdx/tdreport.js'
import { toHex } from '../../packages/sdk/src/core/index.js'
import { emulateTdxGuest, fakeIntel } from '../../packages/sdk/src/testing/index.js'
import { describeWithVectors, readVector } from '../support/vectors.js'

const reportData = new Uint8Array(64).map((_, i) => i)
const intel = await fakeIntel({ td: { version: 5 } })
const report = emulateTdxGuest(intel).getReport(reportData)

test('reads what the module reports', () => {
  const { teeTcbSvn, mrTd, rtmr, tdAttributes, xfam, mrSeam } = intel.describeTd(reportData)
  expect(parseTdReportStruct(report)).toMatchObject({
    reportData,
    teeTcbSvn,
    mrTd,
    rtmr,
    tdAttributes,
    xfam,
    mrSeam,
    cpuSvn: intel.platform.cpuSvn
  })
})

describe('is refused', () => {
  test.each([0, 1, 1023, 1025, 2048])('with %d bytes', (length) => {
    const bytes = new Uint8Array(length)
    bytes.set(report.subarray(0, Math.min(length, 1024)))
    expect(() => parseTdReportStruct(bytes)).toThrow(expect.objectContaining({ code: 'ERR_EVIDENCE_FORMAT' }))
  })

  test('with any bit of its hashed parts or of the hashes changed', () => {
    const hashed = [...range(32, 128), ...range(256, 495), ...range(512, 1024)]
    for (const at of hashed) {
      const bytes = report.with(at, (report[at] ?? 0) ^ (1 << (at & 7)))
      expect(() => parseTdReportStruct(bytes), `byte ${at}`).toThrow(
        expect.objectContaining({ code: 'ERR_EVIDENCE_FORMAT' })
      )
    }
  })

  test.each([
    [0, 0, 'ERR_EVIDENCE_FORMAT'],
    [1, 1, 'ERR_EVIDENCE_FORMAT'],
    [2, 2, 'ERR_EVIDENCE_VERSION'],
    [3, 1, 'ERR_EVIDENCE_FORMAT']
  ])('with byte %d of its type set to %d', (at, value, code) => {
    expect(() => parseTdReportStruct(report.with(at, value))).toThrow(expect.objectContaining({ code }))
  })
})

describeWithVectors('a report of a real machine', () => {
  test('has the hashes of its parts', () => {
    const real = parseTdReportStruct(readVector('tdx/tdreport-guest-components.bin'))
    expect(toHex(real.teeTcbSvn)).toBe('05010200000000000000000000000000')
    expect(real.rtmr).toHaveLength(4)
  })
})

function range(start: number, end: number): number[] {
  return Array.from({ length: end - start }, (_, i) => start + i)
}
