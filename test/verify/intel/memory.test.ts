// What is remembered saves work and nothing else: verdicts with a memory that has seen good evidence are those without one.
import { beforeAll, expect, it } from 'vitest'
import { badTdxEvidence, type FakeIntel, fakeIntel } from '../../../packages/sdk/src/testing/index.js'
import {
  type Appraisal,
  authenticate,
  createCollateral,
  type RefreshableCollateral
} from '../../../packages/sdk/src/verify/index.js'
import { codeOfAsync } from '../../support/coded.js'

const now = new Date('2026-01-01T00:00:00Z')
const reportData = new Uint8Array(64)
const day = 86_400_000

let intel: FakeIntel
beforeAll(async () => {
  intel = await fakeIntel({ now })
})

const later = (days: number): Date => new Date(now.getTime() + days * day)
const judge = (
  collateral: RefreshableCollateral,
  at = now,
  evidence = intel.tdxEvidence(reportData)
): Promise<Appraisal> => authenticate(evidence, { now: at, collateral, unsafeExtraRoots: [intel.root] })

it('refuses bad evidence for the same reasons after good evidence', async () => {
  const collateral = createCollateral({ offline: true })
  await judge(collateral)
  const bad = await badTdxEvidence(intel, reportData, now)
  const known = createCollateral()
  const found: [string, string, string][] = []
  for (const { name, evidence } of bad) {
    await judge(known)
    const alone = await codeOfAsync(() => authenticate(evidence, { now, unsafeExtraRoots: [intel.root] }))
    found.push([name, await codeOfAsync(() => judge(collateral, now, evidence)), alone])
  }
  const differing = found.filter(([, remembered, alone]) => remembered !== alone)
  // With a source, even one that is offline, what is missing is a matter of the source.
  expect(differing.filter(([, , alone]) => !/^ERR_COLLATERAL_(MISSING|MISMATCH)$/.test(alone))).toEqual([])
})

it('gives the same appraisal again', async () => {
  const collateral = createCollateral()
  const evidence = intel.tdxEvidence(reportData)
  const [first, second] = [await judge(collateral, now, evidence), await judge(collateral, now, evidence)]
  expect(second).toEqual(first)
  const given = createCollateral({ given: intel.endorsements('tdx').map(({ bytes }) => bytes) })
  const bare = intel.tdxEvidence(reportData, { endorsements: [] })
  expect(await judge(given, now, bare)).toEqual(await judge(given, now, bare))
})

it('looks at the time again', async () => {
  const collateral = createCollateral()
  const codes: string[] = []
  for (const at of [now, later(400), later(1), later(-3), later(2)]) {
    codes.push(await codeOfAsync(() => judge(collateral, at)))
  }
  expect(codes).toEqual([
    'none',
    expect.stringMatching(/EXPIRED$/),
    'none',
    expect.stringMatching(/^ERR_CERT|^ERR_CRL/),
    'none'
  ])
})

it('looks at the lists again that came this time', async () => {
  const collateral = createCollateral()
  await judge(collateral)
  const revoked = (await badTdxEvidence(intel, reportData, now)).filter(
    ({ code }) => code === 'ERR_CERTIFICATE_REVOKED'
  )
  expect(revoked.length).toBeGreaterThan(2)
  for (const { evidence } of revoked) {
    expect(await codeOfAsync(() => judge(collateral, now, evidence))).toBe('ERR_CERTIFICATE_REVOKED')
  }
  expect(await codeOfAsync(() => judge(collateral))).toBe('none')
})

it('trusts each time whom the caller trusts this time', async () => {
  const collateral = createCollateral({ offline: true })
  await judge(collateral)
  const code = await codeOfAsync(() => authenticate(intel.tdxEvidence(reportData), { now, collateral }))
  expect(code).toBe('ERR_CERTIFICATE_ROOT')
})
