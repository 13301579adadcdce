import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { encodeGuestPolicy, parseGuestPolicy, type SnpReportFields } from '../../../packages/sdk/src/evidence/index.js'
import { type FakeAmd, fakeAmd } from '../../../packages/sdk/src/testing/index.js'
import {
  appraisalOf,
  authenticate,
  createCollateral,
  parsePolicy,
  policyFrom,
  verify
} from '../../../packages/sdk/src/verify/index.js'
import { codeOfAsync } from '../../support/coded.js'
import { policyJson, type RuleJson } from '../../support/snp-policy.js'

const reportData = new Uint8Array(64).fill(7)
const now = new Date('2026-02-01T00:00:00Z')
const collateral = createCollateral({ offline: true })
const any: RuleJson = { measurement: 'any', vmpl: 3 }

let amd: FakeAmd
beforeAll(async () => {
  amd = await fakeAmd({ now })
})

/** What verification says about a report with `fields` under `rule`: a code, or `none`. */
function codeFor(rule: RuleJson, fields: Partial<SnpReportFields> = {}, changes: RuleJson = {}): Promise<string> {
  const policy = parsePolicy(policyJson({ ...any, ...rule }, changes))
  return codeOfAsync(() =>
    verify(amd.evidence(reportData, { fields }), { policy, reportData, now, collateral, unsafeExtraRoots: [amd.root] })
  )
}

const bytes = (length: number, value: number): Uint8Array => new Uint8Array(length).fill(value)
const hex = (length: number, value: number): string => value.toString(16).padStart(2, '0').repeat(length)
const withPolicy = (changes: object): Partial<SnpReportFields> => ({
  policy: encodeGuestPolicy({ ...parseGuestPolicy(0x30000n), ...changes })
})

describe('an SNP rule', () => {
  it.each<[what: string, rule: RuleJson, good: Partial<SnpReportFields>, bad: Partial<SnpReportFields>, code: string]>([
    [
      'measurement',
      { measurement: [hex(48, 1), hex(48, 2)] },
      { measurement: bytes(48, 2) },
      { measurement: bytes(48, 3) },
      'ERR_POLICY_MEASUREMENT'
    ],
    ['vmpl', { vmpl: 1 }, { vmpl: 1 }, { vmpl: 2 }, 'ERR_POLICY_VMPL'],
    ['debug', {}, withPolicy({}), withPolicy({ debug: true }), 'ERR_POLICY_DEBUG'],
    ['migration, by default', {}, withPolicy({}), withPolicy({ migrationAgent: true }), 'ERR_POLICY_GUEST_POLICY'],
    [
      'smt',
      { guestPolicy: { debug: false, smt: false } },
      withPolicy({ smt: false }),
      withPolicy({ smt: true }),
      'ERR_POLICY_GUEST_POLICY'
    ],
    [
      'single socket',
      { guestPolicy: { debug: false, singleSocket: true } },
      withPolicy({ singleSocket: true }),
      withPolicy({}),
      'ERR_POLICY_GUEST_POLICY'
    ],
    [
      'least interface',
      { guestPolicy: { debug: false, minAbi: '1.51' } },
      withPolicy({ abiMajor: 2, abiMinor: 0 }),
      withPolicy({ abiMajor: 1, abiMinor: 50 }),
      'ERR_POLICY_GUEST_POLICY'
    ],
    [
      'host data',
      { hostData: [hex(32, 5)] },
      { hostData: bytes(32, 5) },
      { hostData: bytes(32, 6) },
      'ERR_POLICY_IDENTITY'
    ],
    [
      'id key',
      { idKeyDigest: [hex(48, 5)] },
      { idKeyDigest: bytes(48, 5) },
      { idKeyDigest: bytes(48, 6) },
      'ERR_POLICY_IDENTITY'
    ],
    [
      'author key',
      { authorKeyDigest: [hex(48, 5)] },
      { authorKeyDigest: bytes(48, 5) },
      { authorKeyDigest: bytes(48, 6) },
      'ERR_POLICY_IDENTITY'
    ],
    [
      'family',
      { familyId: [hex(16, 5)] },
      { familyId: bytes(16, 5) },
      { familyId: bytes(16, 6) },
      'ERR_POLICY_IDENTITY'
    ],
    ['image', { imageId: [hex(16, 5)] }, { imageId: bytes(16, 5) }, { imageId: bytes(16, 6) }, 'ERR_POLICY_IDENTITY'],
    ['guest SVN', { minGuestSvn: 3 }, { guestSvn: 3 }, { guestSvn: 2 }, 'ERR_POLICY_SVN'],
    [
      'platform',
      { platformInfo: { tsme: true, smt: 'any' } },
      { platformInfo: 0x2n },
      { platformInfo: 0x1n },
      'ERR_POLICY_PLATFORM'
    ],
    [
      'mitigations',
      { currentMitVector: '0x0b' },
      { version: 5, currentMitVector: 0x3fn },
      { version: 5, currentMitVector: 0x03n },
      'ERR_POLICY_PLATFORM'
    ],
    [
      'mitigations, of a report that has none',
      { launchMitVector: '0x01' },
      { version: 5, launchMitVector: 1n },
      {},
      'ERR_POLICY_PLATFORM'
    ],
    [
      'TCB at launch',
      { minLaunchTcb: { Milan: { bootLoader: 1, tee: 0, snp: 2, microcode: 3 } } },
      { launchTcb: Uint8Array.of(1, 0, 0, 0, 0, 0, 2, 3) },
      { launchTcb: Uint8Array.of(9, 9, 0, 0, 0, 0, 1, 9) },
      'ERR_POLICY_TCB'
    ]
  ])('compares %s', async (_, rule, good, bad, code) => {
    expect(await codeFor(rule, good)).toBe('none')
    expect(await codeFor(rule, bad)).toBe(code)
  })

  it('compares the product', async () => {
    expect(await codeFor({ product: ['Milan', 'Turin'] })).toBe('none')
    expect(await codeFor({ product: ['Genoa'] })).toBe('ERR_POLICY_PRODUCT')
  })

  it('compares the signing key and the cloud', async () => {
    expect(await codeFor({ signingKey: ['VCEK'] })).toBe('none')
    expect(await codeFor({ signingKey: ['VLEK'] })).toBe('ERR_POLICY_SIGNER')
    expect(await codeFor({ cspId: ['CN=cc-us-east-2.amazonaws.com'] })).toBe('ERR_POLICY_SIGNER')
  })

  it('compares the chip', async () => {
    const { claims } = await authenticate(amd.evidence(reportData), { now, unsafeExtraRoots: [amd.root] })
    expect(await codeFor({ chipId: [claims.chipId] })).toBe('none')
    expect(await codeFor({ chipId: [hex(64, 1)] })).toBe('ERR_POLICY_PLATFORM_ID')
  })

  it('compares every component of the reported TCB by itself', async () => {
    const { claims } = await authenticate(amd.evidence(reportData), { now, unsafeExtraRoots: [amd.root] })
    const reported = claims.reportedTcb as Readonly<Record<string, number>> // of an authenticated report
    expect(await codeFor({ minTcb: { Milan: reported } })).toBe('none')
    for (const [name, value] of Object.entries(reported)) {
      const floor = { ...Object.fromEntries(Object.keys(reported).map((key) => [key, 0])), [name]: value + 1 }
      expect([name, await codeFor({ minTcb: { Milan: floor } })]).toEqual([name, 'ERR_POLICY_TCB'])
    }
    expect(await codeFor({ minTcb: { Turin: { fmc: 0, ...zeros(reported) } } })).toBe('ERR_POLICY_TCB')
  })

  it('accepts a guest that can be debugged where the policy says so loudly', async () => {
    const rule = { guestPolicy: { debug: 'any' }, unsafeAcceptDebug: true }
    expect(await codeFor(rule, withPolicy({ debug: true }))).toBe('none')
  })
})

describe('a policy of several rules', () => {
  it('accepts what any rule accepts', async () => {
    const json = {
      anyOf: [policyJson({ ...any, measurement: [hex(48, 1)] }), policyJson(any)].flatMap(({ anyOf }) => anyOf)
    }
    const policy = parsePolicy(json)
    const options = { policy, reportData, now, unsafeExtraRoots: [amd.root] }
    await expect(verify(amd.evidence(reportData), options)).resolves.toMatchObject({ kind: 'snp' })
  })

  it('explains itself by the rule that came closest', async () => {
    const far = { ...any, measurement: [hex(48, 1)], product: ['Genoa'], minGuestSvn: 9 }
    const near = { ...any, minGuestSvn: 9 }
    const policy = parsePolicy({ anyOf: [far, near, far].flatMap((rule) => policyJson(rule).anyOf) })
    const options = { policy, reportData, now, unsafeExtraRoots: [amd.root] }
    const error: unknown = await verify(amd.evidence(reportData), options).catch((reason: unknown) => reason)
    const failed = appraisalOf(error)?.checks.filter(({ outcome }) => outcome === 'failed')
    expect(failed?.map(({ id }) => id)).toEqual(['policy.guestSvn'])
  })

  it('limits the age of dated collateral', async () => {
    expect(await codeFor({}, {}, { maxCollateralAge: 'P30D' })).toBe('none')
    expect(await codeFor({}, {}, { maxCollateralAge: 'PT1H' })).toBe('ERR_POLICY_COLLATERAL_AGE')
  })
})

describe('policyFrom', () => {
  it('accepts the evidence that it was made from', async () => {
    const evidence = amd.evidence(reportData)
    const options = { now, unsafeExtraRoots: [amd.root] }
    const policy = policyFrom(await authenticate(evidence, options))
    expect(policy.allowSimulator).toBeUndefined()
    await expect(verify(evidence, { ...options, policy, reportData })).resolves.toMatchObject({ kind: 'snp' })
  })

  it('accepts no debugging, even where it saw some', async () => {
    const evidence = amd.evidence(reportData, { fields: withPolicy({ debug: true, migrationAgent: true }) })
    const options = { now, unsafeExtraRoots: [amd.root] }
    const policy = policyFrom(await authenticate(evidence, options))
    expect(await codeOfAsync(() => verify(evidence, { ...options, policy, reportData }))).toBe('ERR_POLICY_DEBUG')
  })
})

describe('tightening a policy', () => {
  it('never turns a refusal into an acceptance', async () => {
    const tcb = fc.record({ bootLoader: level(), tee: level(), snp: level(), microcode: level() })
    const one = <T>(value: T): fc.Arbitrary<T> => fc.constant(value)
    const restriction = fc.record(
      {
        measurement: fc.constantFrom([hex(48, 1)], [hex(48, 1), hex(48, 2)]),
        vmpl: fc.integer({ min: 0, max: 3 }),
        product: fc.constantFrom(['Milan'], ['Genoa'], ['Milan', 'Turin']),
        minTcb: tcb.map((floor) => ({ Milan: floor })),
        minGuestSvn: fc.integer({ min: 0, max: 3 }),
        hostData: one([hex(32, 0)]),
        signingKey: fc.constantFrom(['VCEK'], ['VLEK']),
        guestPolicy: fc.record({ debug: one(false), smt: fc.constantFrom(true, false, 'any') }),
        platformInfo: fc.record({ ecc: fc.boolean() })
      },
      { requiredKeys: [] }
    )
    const fields = fc.record({
      measurement: fc.constantFrom(bytes(48, 1), bytes(48, 2)),
      vmpl: fc.integer({ min: 0, max: 3 }),
      guestSvn: fc.integer({ min: 0, max: 3 })
    })
    await fc.assert(
      fc.asyncProperty(restriction, restriction, fields, async (loose, more, report) => {
        const tight = tighten(loose, more)
        if ((await codeFor(tight, report)) === 'none') expect(await codeFor(loose, report)).toBe('none')
      }),
      { numRuns: 60 }
    )
  })
})

/** The second restriction on top of the first, where the two can be one rule. */
function tighten(loose: RuleJson, more: RuleJson): RuleJson {
  return {
    ...more,
    ...loose,
    ...(loose.vmpl === undefined ? {} : { vmpl: Math.min(Number(loose.vmpl), Number(more.vmpl ?? 3)) })
  }
}

function level(): fc.Arbitrary<number> {
  return fc.integer({ min: 0, max: 255 })
}

function zeros(tcb: Readonly<Record<string, number>>): RuleJson {
  return Object.fromEntries(Object.keys(tcb).map((key) => [key, 0]))
}
