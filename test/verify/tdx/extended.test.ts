// TD reports of type "1.5 extended" (body type 4): which virtual machine of the TD asked, which launch this is, where the TD has been.
// Offsets: Intel DCAP, sgx_quote_5.h, sgx_report2_body_v1_5_ex_t.
import { authenticate, createCollateral, type Policy, parsePolicy, policyFrom, verify } from '@tresor/sdk/verify'
import { beforeAll, describe, expect, it } from 'vitest'
import { toHex } from '../../../packages/sdk/src/core/index.js'
import type { Evidence } from '../../../packages/sdk/src/evidence/index.js'
import { parseQuote, type TdReportExtended } from '../../../packages/sdk/src/evidence/quote/index.js'
import { type FakeIntel, fakeIntel } from '../../../packages/sdk/src/testing/index.js'
import { codeOf, codeOfAsync } from '../../support/coded.js'

const now = new Date('2026-01-01T00:00:00Z')
const reportData = new Uint8Array(64).fill(7)
const bodyAt = 54
const filled = (length: number, byte: number): Uint8Array => new Uint8Array(length).fill(byte)
const extended: TdReportExtended = {
  vmid: 0,
  tdId: filled(32, 1),
  deviceInfo: filled(48, 2),
  initialServiceTdHash: filled(48, 3),
  initialServiceTdAttributes: filled(8, 4),
  initialCpuSvn: filled(16, 5),
  initialTeeTcbSvn: filled(16, 6),
  initialFmspc: filled(12, 7),
  currentServiceTdHash: filled(48, 8),
  currentServiceTdAttributes: filled(8, 9)
}

let intel: FakeIntel
beforeAll(async () => {
  intel = await fakeIntel({ td: { version: 5 }, now })
})

function evidenceOf(vmid = 0): Evidence {
  return intel.tdxEvidence(reportData, { version: 5, fields: { extended: { ...extended, vmid } } })
}

const options = () => ({ now, collateral: createCollateral({ offline: true }), unsafeExtraRoots: [intel.root] })

const policyOf = (terms: object = {}): Policy =>
  parsePolicy({ anyOf: [{ kind: 'tdx', mrTd: 'any', rtmr: 'any', ...terms }] })

const codeUnder = (policy: Policy, evidence: Evidence): Promise<string> =>
  codeOfAsync(() => verify(evidence, { policy, reportData, ...options() }))

describe('an extended report of a TD', () => {
  it('stands where Intel puts it', () => {
    const { bytes } = evidenceOf(2)
    expect(toHex(bytes.slice(48, bodyAt))).toBe('040075030000')
    expect(bytes[bodyAt + 648]).toBe(2)
    const starts = [649, 681, 729, 777, 785, 801, 817, 829, 877]
    expect(starts.map((at) => bytes[bodyAt + at])).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9])
    expect(starts.map((at) => bytes[bodyAt + at - 1])).toEqual([2, 1, 2, 3, 4, 5, 6, 7, 8])
    expect(parseQuote(bytes).body).toMatchObject({ report: { reportData, extended: { ...extended, vmid: 2 } } })
  })

  it('is judged as one of TD 1.5, and says what it has beside', async () => {
    const { claims, tcb } = await authenticate(evidenceOf(), options())
    expect(tcb.status).toBe('UpToDate')
    expect(claims).toMatchObject({ vmid: 0, tdId: '01'.repeat(32), mrServiceTd: expect.any(String) })
    expect(claims.migration).toMatchObject({ currentServiceTdHash: '08'.repeat(48), initialFmspc: '07'.repeat(12) })
  })

  it('is accepted for the TD itself', async () => {
    expect(await codeUnder(policyOf(), evidenceOf())).toBe('none')
    expect(await codeUnder(policyOf({ vmid: 0 }), evidenceOf())).toBe('none')
  })

  it.each([1, 3, 255])('is refused by default where virtual machine %i asked for it', async (vmid) => {
    expect(await codeUnder(policyOf(), evidenceOf(vmid))).toBe('ERR_POLICY_IDENTITY')
  })

  it('is accepted from the virtual machine that the policy names, and from no other', async () => {
    expect(await codeUnder(policyOf({ vmid: 2 }), evidenceOf(2))).toBe('none')
    expect(await codeUnder(policyOf({ vmid: 2 }), evidenceOf(1))).toBe('ERR_POLICY_IDENTITY')
    expect(await codeUnder(policyOf({ vmid: 2 }), evidenceOf(0))).toBe('ERR_POLICY_IDENTITY')
    expect(await codeUnder(policyOf({ vmid: 2 }), intel.tdxEvidence(reportData))).toBe('ERR_POLICY_IDENTITY')
  })

  it('gives a policy that names its virtual machine', async () => {
    const policy = policyFrom(await authenticate(evidenceOf(2), options()))
    expect(policy.anyOf[0]).toMatchObject({ vmid: 2 })
    expect(await codeUnder(policy, evidenceOf(2))).toBe('none')
    expect(await codeUnder(policy, evidenceOf(1))).toBe('ERR_POLICY_IDENTITY')
  })

  it('is refused where any byte of what is new was changed', async () => {
    for (let at = 648; at < 885; at += 12) {
      const bytes = evidenceOf().bytes.slice()
      bytes[bodyAt + at] = 0xff
      expect(await codeUnder(policyOf({ vmid: 3 }), { ...evidenceOf(), bytes })).toBe('ERR_EVIDENCE_SIGNATURE')
    }
  })

  it.each([
    ['the length of TD 1.5', 50, 648],
    ['one byte less', 50, 884],
    ['one byte more', 50, 886],
    ['the type of TD 1.5', 48, 3],
    ['the type of nothing', 48, 5],
    ['the type of an enclave', 48, 1]
  ])('is malformed with %s', (_, at, value) => {
    const bytes = evidenceOf().bytes.slice()
    new DataView(bytes.buffer).setUint16(at, value, true)
    expect(codeOf(() => parseQuote(bytes))).toBe('ERR_EVIDENCE_FORMAT')
  })
})
