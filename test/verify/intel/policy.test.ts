// Genuine quotes against rules: each field that a policy can restrict, from both sides.
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { toHex } from '../../../packages/sdk/src/core/index.js'
import type { SgxReport, TdReport } from '../../../packages/sdk/src/evidence/quote/index.js'
import { type FakeIntel, type FakeIntelOptions, fakeIntel } from '../../../packages/sdk/src/testing/index.js'
import { appraisalOf, authenticate, parsePolicy, policyFrom, verify } from '../../../packages/sdk/src/verify/index.js'
import { codeOfAsync } from '../../support/coded.js'

type Json = Readonly<Record<string, unknown>>

const now = new Date('2026-01-01T00:00:00Z')
const reportData = new Uint8Array(64).fill(7)
const anyTd: Json = { kind: 'tdx', mrTd: 'any', rtmr: 'any', advisories: 'any' }
const anyEnclave: Json = { kind: 'sgx', mrEnclave: 'any', mrSigner: 'any', isvProdId: 'any', minIsvSvn: 0 }
const bytes = (length: number, value: number): Uint8Array => new Uint8Array(length).fill(value)
const hex = (length: number, value: number): string => toHex(bytes(length, value))

let intel: FakeIntel
beforeAll(async () => {
  intel = await fakeIntel({ now })
})

function codeForTd(rule: Json, fields: Partial<TdReport> = {}, source = intel, terms: Json = {}, at = now) {
  const policy = parsePolicy({ anyOf: [{ ...anyTd, ...rule }], ...terms })
  const evidence = source.tdxEvidence(reportData, { fields })
  return codeOfAsync(() => verify(evidence, { policy, reportData, now: at, unsafeExtraRoots: [source.root] }))
}

function codeForEnclave(rule: Json, fields: Partial<SgxReport> = {}) {
  const policy = parsePolicy({ anyOf: [{ ...anyEnclave, ...rule }] })
  const evidence = intel.sgxEvidence(reportData, { fields })
  return codeOfAsync(() => verify(evidence, { policy, reportData, now, unsafeExtraRoots: [intel.root] }))
}

const debugged = Uint8Array.of(1, 0, 0, 0x10, 0, 0, 0, 0)
const attributes = (...at: readonly (readonly [number, number])[]): Partial<TdReport> => {
  const tdAttributes = new Uint8Array(8)
  for (const [index, value] of at) tdAttributes[index] = value
  return { tdAttributes }
}
const rtmr = (value: number): Partial<TdReport> => ({
  rtmr: [bytes(48, value), bytes(48, value), bytes(48, value), bytes(48, value)]
})

describe('a rule for TDs', () => {
  it.each<[what: string, rule: Json, good: Partial<TdReport>, bad: Partial<TdReport>, code: string]>([
    ['mrTd', { mrTd: [hex(48, 1)] }, { mrTd: bytes(48, 1) }, { mrTd: bytes(48, 2) }, 'ERR_POLICY_MEASUREMENT'],
    [
      'each RTMR',
      { rtmr: { 0: [hex(48, 1)], 1: 'any', 2: [hex(48, 1)], 3: 'any' } },
      rtmr(1),
      rtmr(2),
      'ERR_POLICY_MEASUREMENT'
    ],
    ['mrSeam', { mrSeam: [hex(48, 1)] }, { mrSeam: bytes(48, 1) }, { mrSeam: bytes(48, 2) }, 'ERR_POLICY_MEASUREMENT'],
    ['mrConfigId', { mrConfigId: [hex(48, 1)] }, { mrConfigId: bytes(48, 1) }, {}, 'ERR_POLICY_IDENTITY'],
    ['mrOwner', { mrOwner: [hex(48, 1)] }, { mrOwner: bytes(48, 1) }, {}, 'ERR_POLICY_IDENTITY'],
    ['mrOwnerConfig', { mrOwnerConfig: [hex(48, 1)] }, { mrOwnerConfig: bytes(48, 1) }, {}, 'ERR_POLICY_IDENTITY'],
    ['debug, by default', {}, attributes(), { tdAttributes: debugged }, 'ERR_POLICY_DEBUG'],
    ['any bit of the debug byte', {}, attributes(), attributes([0, 0x80]), 'ERR_POLICY_DEBUG'],
    [
      'SEPT_VE_DISABLE',
      { attributes: { septVeDisable: true } },
      attributes([3, 0x10]),
      attributes(),
      'ERR_POLICY_GUEST_POLICY'
    ],
    [
      'migration',
      { attributes: { migratable: false } },
      attributes(),
      attributes([3, 0x20]),
      'ERR_POLICY_GUEST_POLICY'
    ],
    [
      'performance monitoring',
      { attributes: { performanceMonitoring: false } },
      attributes(),
      attributes([7, 0x80]),
      'ERR_POLICY_GUEST_POLICY'
    ],
    ['XFAM', { xfam: [hex(8, 1)] }, { xfam: bytes(8, 1) }, { xfam: bytes(8, 3) }, 'ERR_POLICY_GUEST_POLICY']
  ])('restricts %s', async (_, rule, good, bad, code) => {
    expect([await codeForTd(rule, good), await codeForTd(rule, bad)]).toEqual(['none', code])
  })

  it('accepts a TD under debug only by the loud name', async () => {
    expect(await codeForTd({ unsafeAcceptDebug: true }, { tdAttributes: debugged })).toBe('none')
  })

  it('about a service TD is not met by a TD 1.0, which has none', async () => {
    const source = await fakeIntel({ now, td: { version: 5, mrServiceTd: bytes(48, 1) } })
    const rule = { mrServiceTd: [hex(48, 1)] }
    expect([await codeForTd(rule, {}, source), await codeForTd(rule)]).toEqual(['none', 'ERR_POLICY_MEASUREMENT'])
  })

  it('refuses report data that is not ours', async () => {
    const policy = parsePolicy({ anyOf: [anyTd] })
    const options = { policy, reportData: bytes(64, 8), now, unsafeExtraRoots: [intel.root] }
    expect(await codeOfAsync(() => verify(intel.tdxEvidence(reportData), options))).toBe('ERR_POLICY_REPORT_DATA')
  })

  it('says nothing for an enclave', async () => {
    const policy = parsePolicy({ anyOf: [anyTd] })
    const options = { policy, reportData, now, unsafeExtraRoots: [intel.root] }
    expect(await codeOfAsync(() => verify(intel.sgxEvidence(reportData), options))).toBe('ERR_POLICY_KIND')
  })
})

describe('a rule for enclaves', () => {
  it.each<[what: string, rule: Json, good: Partial<SgxReport>, bad: Partial<SgxReport>, code: string]>([
    [
      'mrEnclave',
      { mrEnclave: [hex(32, 1)] },
      { mrEnclave: bytes(32, 1) },
      { mrEnclave: bytes(32, 2) },
      'ERR_POLICY_MEASUREMENT'
    ],
    [
      'mrSigner',
      { mrSigner: [hex(32, 1)] },
      { mrSigner: bytes(32, 1) },
      { mrSigner: bytes(32, 2) },
      'ERR_POLICY_MEASUREMENT'
    ],
    ['isvProdId', { isvProdId: 3 }, { isvProdId: 3 }, { isvProdId: 4 }, 'ERR_POLICY_IDENTITY'],
    ['minIsvSvn', { minIsvSvn: 3 }, { isvSvn: 3 }, { isvSvn: 2 }, 'ERR_POLICY_SVN'],
    ['debug, by default', {}, {}, { attributes: Uint8Array.of(7, ...bytes(15, 0)) }, 'ERR_POLICY_DEBUG']
  ])('restricts %s', async (_, rule, good, bad, code) => {
    expect([await codeForEnclave(rule, good), await codeForEnclave(rule, bad)]).toEqual(['none', code])
  })

  it('accepts an enclave under debug only by the loud name', async () => {
    const fields = { attributes: Uint8Array.of(7, ...bytes(15, 0)) }
    expect(await codeForEnclave({ unsafeAcceptDebug: true }, fields)).toBe('none')
  })
})

describe('a rule about the platform', () => {
  type Status = NonNullable<NonNullable<FakeIntelOptions['td']>['tcbStatus']>
  const statuses: readonly Status[] = [
    'SWHardeningNeeded',
    'ConfigurationNeeded',
    'ConfigurationAndSWHardeningNeeded',
    'OutOfDate',
    'OutOfDateConfigurationNeeded',
    'TdRelaunchAdvised',
    'TdRelaunchAdvisedConfigurationNeeded'
  ]

  it.each(statuses)('accepts %s where it is named, and not by default', async (tcbStatus) => {
    const source = await fakeIntel({ now, td: { tcbStatus, version: 5 } })
    expect([
      await codeForTd({ tcbStatus: ['UpToDate', tcbStatus] }, {}, source),
      await codeForTd({}, {}, source)
    ]).toEqual(['none', 'ERR_POLICY_TCB'])
  })

  it('cannot accept a platform that is revoked', async () => {
    const source = await fakeIntel({ now, td: { tcbStatus: 'Revoked' } })
    expect(await codeForTd({ tcbStatus: ['UpToDate', ...statuses] }, {}, source, { graceDays: 365 })).toBe(
      'ERR_POLICY_TCB'
    )
    expect(() => parsePolicy({ anyOf: [{ ...anyTd, tcbStatus: ['Revoked'] }] })).toThrow('tcbStatus[0] expected one of')
  })

  it('accepts advisories that it names, all of them', async () => {
    const source = await fakeIntel({ now, td: { tcbStatus: 'SWHardeningNeeded' } })
    const tcbStatus = ['SWHardeningNeeded']
    const of = (...advisories: readonly string[]) => codeForTd({ tcbStatus, advisories }, {}, source)
    expect(await of('INTEL-SA-00837', 'INTEL-SA-01036')).toBe('none')
    expect(await of('INTEL-SA-00837')).toBe('ERR_POLICY_ADVISORY')
    expect(await of()).toBe('ERR_POLICY_ADVISORY')
  })

  it('demands a recent evaluation', async () => {
    expect(await codeForTd({ minTcbEvaluationDataNumber: 20 })).toBe('none')
    expect(await codeForTd({ minTcbEvaluationDataNumber: 21 })).toBe('ERR_POLICY_TCB')
  })

  it('names families and single platforms', async () => {
    const { fmspc, platformInstanceId } = intel.platform
    expect(await codeForTd({ fmspc: ['00806f050000', toHex(fmspc)] })).toBe('none')
    expect(await codeForTd({ fmspc: ['00806f050000'] })).toBe('ERR_POLICY_PRODUCT')
    expect(await codeForTd({ platformInstanceId: [toHex(platformInstanceId)] })).toBe('none')
    expect(await codeForTd({ platformInstanceId: [hex(16, 1)] })).toBe('ERR_POLICY_PLATFORM_ID')
  })

  it('of a single platform is not met under the Processor CA, which names none', async () => {
    const source = await fakeIntel({ now, ca: 'processor' })
    expect(await codeForTd({ platformInstanceId: [hex(16, 0)] }, {}, source)).toBe('ERR_POLICY_PLATFORM_ID')
  })

  describe('with days of grace', () => {
    const overtaken = Date.parse('2025-08-13T00:00:00Z')
    const daysAfter = (days: number): Date => new Date(overtaken + days * 86_400_000)
    const of = async (at: Date, graceDays: number, qeStatus: 'UpToDate' | 'OutOfDate' = 'UpToDate') => {
      const source = await fakeIntel({ now: at, qeStatus, td: { tcbStatus: 'OutOfDate' } })
      return codeForTd({ advisories: [] }, {}, source, { graceDays }, at)
    }

    it('accepts a platform that fell behind so long ago, and says so', async () => {
      expect([await of(daysAfter(29), 30), await of(daysAfter(31), 30)]).toEqual(['none', 'ERR_POLICY_TCB'])
      expect(await of(daysAfter(29), 0)).toBe('ERR_POLICY_TCB')
    })

    it('counts a quoting enclave that fell behind', async () => {
      expect([await of(daysAfter(29), 30, 'OutOfDate'), await of(daysAfter(31), 30, 'OutOfDate')]).toEqual([
        'none',
        'ERR_POLICY_TCB'
      ])
    })

    it('does not accept what needs configuration, too', async () => {
      const source = await fakeIntel({ now: daysAfter(1), td: { tcbStatus: 'OutOfDateConfigurationNeeded' } })
      expect(await codeForTd({}, {}, source, { graceDays: 30 }, daysAfter(1))).toBe('ERR_POLICY_TCB')
    })
  })

  it('applies to the age of what Intel issues again and again', async () => {
    const later = new Date(now.getTime() + 20 * 86_400_000)
    expect(await codeForTd({}, {}, intel, { maxCollateralAge: 'P30D' }, later)).toBe('none')
    expect(await codeForTd({}, {}, intel, { maxCollateralAge: 'P7D' }, later)).toBe('ERR_POLICY_COLLATERAL_AGE')
  })
})

describe('a policy', () => {
  it('that was made from an appraisal accepts what was seen, and nothing else', async () => {
    const trust = { now, unsafeExtraRoots: [intel.root] }
    const policy = policyFrom(await authenticate(intel.tdxEvidence(reportData), trust))
    const codeOf = (fields: Partial<TdReport>) =>
      codeOfAsync(() => verify(intel.tdxEvidence(reportData, { fields }), { policy, reportData, ...trust }))
    expect([await codeOf({}), await codeOf({ mrTd: bytes(48, 1) })]).toEqual(['none', 'ERR_POLICY_MEASUREMENT'])
  })

  it('that refuses says everything that it found, with the claims', async () => {
    const policy = parsePolicy({ anyOf: [{ ...anyTd, mrTd: [hex(48, 1)], fmspc: [hex(6, 1)] }] })
    const options = { policy, reportData, now, unsafeExtraRoots: [intel.root] }
    const error: unknown = await verify(intel.tdxEvidence(reportData), options).catch((reason: unknown) => reason)
    const failed = appraisalOf(error)?.checks.filter(({ outcome }) => outcome === 'failed')
    expect(failed?.map(({ id }) => id)).toEqual(['policy.mr-td', 'policy.fmspc'])
    expect(appraisalOf(error)?.claims.mrTd).toBe(toHex(intel.td.mrTd))
  })

  it('that is tightened never accepts what it refused', async () => {
    const restrictions: Json = {
      mrTd: [toHex(intel.td.mrTd)],
      mrSeam: [hex(48, 9)],
      mrOwner: [hex(48, 0)],
      xfam: [toHex(intel.td.xfam)],
      attributes: { migratable: false, septVeDisable: true },
      fmspc: [toHex(intel.platform.fmspc)],
      platformInstanceId: [hex(16, 3)],
      minTcbEvaluationDataNumber: 21,
      advisories: []
    }
    const names = fc.subarray(Object.keys(restrictions))
    const pick = (chosen: readonly string[]): Json =>
      Object.fromEntries(chosen.map((name) => [name, restrictions[name]]))
    await fc.assert(
      fc.asyncProperty(names, names, async (some, more) => {
        const loose = await codeForTd(pick(some))
        const tight = await codeForTd(pick([...new Set([...some, ...more])]))
        expect(loose === 'none' || tight !== 'none').toBe(true)
      }),
      { numRuns: 40 }
    )
  })
})
