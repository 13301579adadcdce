import { beforeAll, describe, expect, it } from 'vitest'
import { encodeEvidence } from '../../packages/sdk/src/evidence/cmw/encode-evidence.js'
import { type Evidence, encodeAttestBinding } from '../../packages/sdk/src/evidence/index.js'
import { type FakeAmd, fakeAmd } from '../../packages/sdk/src/testing/index.js'
import {
  appraisalOf,
  authenticate,
  createCollateral,
  createVerifier,
  type Policy,
  parsePolicy,
  type Verifier,
  type VerifierOptions,
  type VerifyOptions,
  verify
} from '../../packages/sdk/src/verify/index.js'
import { codeOf, codeOfAsync } from '../support/coded.js'
import { policyJson } from '../support/snp-policy.js'

const nonce = new Uint8Array(32).fill(9)
const claims = new Uint8Array(10).fill(4)
const now = new Date('2026-02-01T00:00:00Z')
const policy: Policy = parsePolicy(policyJson({ measurement: 'any' }))

let amd: FakeAmd
let evidence: Evidence
beforeAll(async () => {
  amd = await fakeAmd({ now })
  evidence = amd.evidence(await bind(nonce))
})

async function bind(...binding: Parameters<typeof encodeAttestBinding>): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest('SHA-512', new Uint8Array(encodeAttestBinding(...binding))))
}

function options<T extends object>(more: T): T & Pick<VerifyOptions, 'policy' | 'now' | 'unsafeExtraRoots'> {
  return { policy, now, unsafeExtraRoots: [amd.root], ...more }
}

describe('verify', () => {
  it('accepts evidence made for this nonce', async () => {
    const { checks } = await verify(evidence, options({ nonce }))
    expect(checks.find(({ id }) => id === 'policy.report-data')).toMatchObject({ outcome: 'passed' })
  })

  it('accepts a CMW in either encoding', async () => {
    for (const format of ['cbor', 'json'] as const) {
      await expect(verify(encodeEvidence(evidence, { format }), options({ nonce }))).resolves.toMatchObject({
        kind: 'snp'
      })
    }
  })

  it('accepts evidence made for nonce and claims, and for neither alone', async () => {
    const both = amd.evidence(await bind(nonce, claims))
    await expect(verify(both, options({ nonce, claims }))).resolves.toMatchObject({ kind: 'snp' })
    expect(await codeOfAsync(() => verify(both, options({ nonce })))).toBe('ERR_POLICY_REPORT_DATA')
    expect(await codeOfAsync(() => verify(evidence, options({ nonce, claims })))).toBe('ERR_POLICY_REPORT_DATA')
  })

  it('accepts report data as it is', async () => {
    const reportData = new Uint8Array(64).fill(1)
    await expect(verify(amd.evidence(reportData), options({ reportData }))).resolves.toMatchObject({ kind: 'snp' })
    expect(await codeOfAsync(() => verify(evidence, options({ reportData })))).toBe('ERR_POLICY_REPORT_DATA')
  })

  it('rejects evidence made for another nonce, with both values', async () => {
    const error: unknown = await verify(evidence, options({ nonce: nonce.with(0, 1) })).catch(
      (reason: unknown) => reason
    )
    const { reportData } = appraisalOf(error)?.claims ?? {}
    expect(error).toMatchObject({ code: 'ERR_POLICY_REPORT_DATA', details: { actual: reportData } })
  })

  it('makes all checks of the policy before it rejects', async () => {
    const strict = parsePolicy(policyJson({ minGuestSvn: 5 }))
    const error: unknown = await verify(evidence, options({ nonce: nonce.with(0, 1), policy: strict })).catch(
      (reason: unknown) => reason
    )
    const failed = appraisalOf(error)
      ?.checks.filter(({ outcome }) => outcome === 'failed')
      .map(({ id }) => id)
    expect(failed).toEqual(['policy.report-data', 'policy.measurement', 'policy.guestSvn'])
  })

  it('takes a policy that nobody parsed, and checks it', async () => {
    const raw = policyJson({ measurement: 'any' }) as unknown as Policy // as a caller without types would
    await expect(verify(evidence, options({ nonce, policy: raw }))).resolves.toMatchObject({ kind: 'snp' })
    const empty = { anyOf: [] } as unknown as Policy
    expect(await codeOfAsync(() => verify(evidence, options({ nonce, policy: empty })))).toBe('ERR_USAGE_POLICY_EMPTY')
  })

  it('refuses the simulator unless the policy allows it', async () => {
    const simulated = await fakeAmd({ now, organization: 'tresor simulator (not a TEE)' })
    const simulatedEvidence = simulated.evidence(await bind(nonce))
    expect(await codeOfAsync(() => verify(simulatedEvidence, { policy, nonce, now }))).toBe('ERR_POLICY_SIMULATOR')
    const allowing = parsePolicy(policyJson({ measurement: 'any' }, { allowSimulator: true }))
    await expect(verify(simulatedEvidence, { policy: allowing, nonce, now })).resolves.toMatchObject({
      simulated: true
    })
  })

  it.each<[what: string, change: object]>([
    ['neither nonce nor report data', { nonce: undefined }],
    ['both', { reportData: new Uint8Array(64) }],
    ['a short nonce', { nonce: new Uint8Array(15) }],
    ['a nonce that is text', { nonce: 'nonce' }],
    ['short report data', { nonce: undefined, reportData: new Uint8Array(63) }],
    ['claims with report data', { nonce: undefined, reportData: new Uint8Array(64), claims }],
    ['an unknown option', { skipVerify: true }],
    ['a time that is none', { now: new Date('x') }],
    ['a collateral that is none', { collateral: {} }],
    ['roots that are none', { unsafeExtraRoots: [{ product: 'Milan' }] }]
  ])('refuses to be called with %s', async (_, change) => {
    const wrong = { ...options({ nonce }), ...change } as VerifyOptions // as a caller without types would
    expect(await codeOfAsync(() => verify(evidence, wrong))).toBe('ERR_USAGE_OPTION')
  })

  it.each<[what: string, value: unknown, code: string]>([
    ['nothing', undefined, 'ERR_USAGE_OPTION'],
    ['text', 'evidence', 'ERR_USAGE_OPTION'],
    ['an unknown kind', { kind: 'sev', bytes: new Uint8Array(), endorsements: [] }, 'ERR_KIND_UNSUPPORTED'],
    ['evidence without bytes', { kind: 'snp', endorsements: [] }, 'ERR_USAGE_OPTION'],
    ['endorsements that are none', { kind: 'snp', bytes: new Uint8Array(), endorsements: [1] }, 'ERR_USAGE_OPTION'],
    ['no bytes', new Uint8Array(), 'ERR_CMW_FORMAT'],
    ['a report without its wrapper', new Uint8Array(1184), 'ERR_CMW_FORMAT']
  ])('refuses %s as evidence', async (_, value, code) => {
    expect(await codeOfAsync(() => verify(value as Evidence, options({ nonce })))).toBe(code)
    expect(await codeOfAsync(() => authenticate(value as Evidence, { now }))).toBe(code)
  })
})

describe('createVerifier', () => {
  it('remembers what it accepted, and checks freshness every time', async () => {
    const { verifier, memo } = counting()
    await verifier.verify(evidence, { nonce })
    const before = memo.calls
    await expect(verifier.verify(evidence, { nonce })).resolves.toMatchObject({ kind: 'snp' })
    expect(memo.calls).toBe(before)
    expect(await codeOfAsync(() => verifier.verify(evidence, { nonce: nonce.with(0, 1) }))).toBe(
      'ERR_POLICY_REPORT_DATA'
    )
    expect(memo.calls).toBeGreaterThan(before)
  })

  it('judges again when something that the verdict rests on has ended, or had not begun', async () => {
    const { verifier } = counting()
    await verifier.verify(evidence, { nonce })
    expect(await codeOfAsync(() => verifier.verify(evidence, { nonce, now: new Date('2050-01-01T00:00:00Z') }))).toBe(
      'ERR_CERTIFICATE_EXPIRED'
    )
    expect(await codeOfAsync(() => verifier.verify(evidence, { nonce, now: new Date('2001-01-01T00:00:00Z') }))).toBe(
      'ERR_CERTIFICATE_NOT_YET_VALID'
    )
  })

  it('judges again when the limit of the policy on age has passed', async () => {
    const aging = parsePolicy(policyJson({ measurement: 'any' }, { maxCollateralAge: 'P2D' }))
    const { verifier } = counting({ policy: aging })
    await verifier.verify(evidence, { nonce })
    const later = new Date(now.getTime() + 3 * 86_400_000)
    expect(await codeOfAsync(() => verifier.verify(evidence, { nonce, now: later }))).toBe('ERR_POLICY_COLLATERAL_AGE')
  })

  it('tells evidence with other endorsements apart', async () => {
    const { verifier, memo } = counting()
    await verifier.verify(evidence, { nonce })
    const before = memo.calls
    const revoked = await amd.issueCrl([{ serialNumber: 0x01_0001, revocationDate: now }])
    const endorsements = [{ mediaType: 'application/pkix-crl', bytes: revoked }, ...evidence.endorsements]
    expect(await codeOfAsync(() => verifier.verify({ ...evidence, endorsements }, { nonce }))).toBe(
      'ERR_CERTIFICATE_REVOKED'
    )
    expect(memo.calls).toBeGreaterThan(before)
  })

  it('keeps no refusal', async () => {
    const { verifier, memo } = counting()
    const other = { nonce: nonce.with(0, 1) }
    await codeOfAsync(() => verifier.verify(evidence, other))
    const before = memo.calls
    expect(await codeOfAsync(() => verifier.verify(evidence, other))).toBe('ERR_POLICY_REPORT_DATA')
    expect(memo.calls).toBeGreaterThan(before)
  })

  it('forgets the least recently used', async () => {
    const { verifier, memo } = counting({ cacheSize: 1 })
    const second = encodeEvidence(evidence)
    await verifier.verify(evidence, { nonce })
    await verifier.verify(second, { nonce })
    const before = memo.calls
    await verifier.verify(second, { nonce })
    expect(memo.calls).toBe(before)
    await verifier.verify(evidence, { nonce })
    expect(memo.calls).toBeGreaterThan(before)
  })

  it('checks its options at once', () => {
    expect(codeOf(() => createVerifier({ policy, cacheSize: -1 }))).toBe('ERR_USAGE_OPTION')
    expect(codeOf(() => createVerifier({ policy: {} as Policy }))).toBe('ERR_USAGE_POLICY_EMPTY')
    expect(codeOf(() => createVerifier({ policy, clock: 7 } as unknown as VerifierOptions))).toBe('ERR_USAGE_OPTION')
    expect(codeOf(() => createVerifier({ policy, nonce } as VerifierOptions))).toBe('ERR_USAGE_OPTION')
  })
})

/** A verifier whose work can be seen: work that is not spared asks the memory. */
function counting(more: Partial<VerifierOptions> = {}): { verifier: Verifier; memo: { calls: number } } {
  const memo = { calls: 0 }
  const engine = createCollateral({ offline: true })
  const collateral = {
    ...engine,
    memo: ((scope, key, make) => {
      memo.calls++
      return engine.memo(scope, key, make)
    }) as typeof engine.memo
  }
  const verifier = createVerifier({ policy, collateral, unsafeExtraRoots: [amd.root], clock: () => now, ...more })
  return { verifier, memo }
}
