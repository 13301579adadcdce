import { beforeAll, describe, expect, test } from 'vitest'
import { simulator } from '../../packages/sdk/src/attest/index.js'
import type { Evidence } from '../../packages/sdk/src/evidence/index.js'
import { type BadEvidence, badSnpEvidence, type FakeAmd, fakeAmd } from '../../packages/sdk/src/testing/index.js'
import { type Appraisal, authenticate, policyFrom, verify } from '../../packages/sdk/src/verify/index.js'

const reportData = new Uint8Array(64).fill(8)
const now = new Date('2026-02-01T00:00:00Z')

describe.each(['Milan', 'Genoa', 'Turin'] as const)('the fake AMD with a %s', (product) => {
  let amd: FakeAmd
  let bad: readonly BadEvidence[] = []
  beforeAll(async () => {
    amd = await fakeAmd({ guest: { product }, now })
    bad = await badSnpEvidence(amd, reportData, now)
  })
  const judge = (evidence: Evidence): Promise<Appraisal> =>
    authenticate(evidence, { unsafeExtraRoots: [amd.root], now })

  test.each([2, 3, 5] as const)('gives genuine evidence of version %d', async (version) => {
    const other = await fakeAmd({ guest: { product, version }, now })
    await expect(judge(other.evidence(reportData))).resolves.toMatchObject({ kind: 'snp', simulated: false })
  })

  test('gives genuine evidence that a cloud key signed', async () => {
    const other = await fakeAmd({ guest: { product, signingKey: 'VLEK' }, now })
    await expect(judge(other.evidence(reportData))).resolves.toMatchObject({ kind: 'snp' })
  })

  test('is refused by everybody who was not told to trust it', async () => {
    await expect(authenticate(amd.evidence(reportData), { now })).rejects.toMatchObject({
      code: 'ERR_CERTIFICATE_ROOT'
    })
  })

  test('gives bad evidence that is refused for exactly the reason it names', async () => {
    const verdicts = await Promise.all(bad.map(({ evidence }) => judge(evidence).catch((error: unknown) => error)))
    expect(bad.map(({ name }, i) => [name, codeOf(verdicts[i])])).toEqual(bad.map(({ name, code }) => [name, code]))
  })
})

describe.each(['Milan', 'Genoa', 'Turin'] as const)('the simulator as a %s', (product) => {
  const provider = simulator({ product })
  let appraisal: Appraisal
  let evidence: Evidence
  beforeAll(async () => {
    evidence = await provider.collect({ reportData })
    appraisal = await authenticate(evidence, { allowSimulator: true })
  })

  test('is recognised', () => {
    expect(appraisal).toMatchObject({ kind: 'snp', simulated: true })
  })

  test('is refused by default', async () => {
    await expect(authenticate(evidence)).rejects.toMatchObject({ code: 'ERR_EVIDENCE_SIMULATED' })
  })

  test('passes a policy that allows it, again and again', async () => {
    const policy = policyFrom(appraisal)
    await expect(verify(evidence, { policy, reportData })).resolves.toMatchObject({ simulated: true })
    const next = await provider.collect({ reportData: new Uint8Array(64) })
    await expect(verify(next, { policy, reportData: new Uint8Array(64) })).resolves.toBeDefined()
    await expect(verify(next, { policy, reportData })).rejects.toMatchObject({ code: 'ERR_POLICY_REPORT_DATA' })
  })

  test('is refused by the same policy without that word', async () => {
    const { anyOf } = policyFrom(appraisal)
    await expect(verify(evidence, { policy: { anyOf }, reportData })).rejects.toMatchObject({
      code: 'ERR_POLICY_SIMULATOR'
    })
  })
})

function codeOf(verdict: unknown): unknown {
  return typeof verdict === 'object' && verdict !== null && 'code' in verdict ? verdict.code : 'accepted'
}
