// Evidence that carries what a verifier needs, collateral that is renewed in time, and what counts when it was not.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { decodeEvidence } from '../../../packages/sdk/src/evidence/cmw/decode-evidence.js'
import { encodeEvidence } from '../../../packages/sdk/src/evidence/cmw/encode-evidence.js'
import { mediaTypes } from '../../../packages/sdk/src/evidence/index.js'
import { answerPcs, type FakeIntel, fakeAmd, fakeIntel } from '../../../packages/sdk/src/testing/index.js'
import { memoryStore } from '../../../packages/sdk/src/verify/collateral/index.js'
import {
  authenticate,
  bundle,
  createCollateral,
  parsePolicy,
  pccs,
  type RefreshableCollateral,
  verify
} from '../../../packages/sdk/src/verify/index.js'
import { codeOfAsync } from '../../support/coded.js'
import { day, fakeTime, hour } from '../collateral/fake-time.js'
import { startKds } from '../collateral/kds-server.js'
import { asPccs, type PcsServer, startPcs } from './pcs-server.js'

const now = new Date('2026-01-01T00:00:00Z')
const reportData = new Uint8Array(64).fill(7)

let intel: FakeIntel
let server: PcsServer
beforeAll(async () => {
  intel = await fakeIntel({ now })
  server = await startPcs((path) => answerPcs(intel, `https://pcs${path}`))
})
afterAll(() => server.stop())
afterEach(() => {
  server.behaviour = undefined
  server.requests.length = 0
})

const bare = () => intel.tdxEvidence(reportData, { endorsements: [] })
const trust = () => ({ unsafeExtraRoots: [intel.root] })
const collateralAt = (time: Date): RefreshableCollateral =>
  createCollateral({ services: server.services, clock: () => time })

describe('a bundle', () => {
  it.each(['tdx', 'sgx'] as const)('of a quote of %s verifies without any service', async (tee) => {
    const evidence = tee === 'tdx' ? bare() : intel.sgxEvidence(reportData, { endorsements: [] })
    const whole = await bundle(evidence, { collateral: collateralAt(now), now, ...trust() })
    const sent = decodeEvidence(encodeEvidence(whole))
    expect(sent.bytes).toEqual(evidence.bytes)
    expect(sent.endorsements.map(({ mediaType }) => mediaType).toSorted()).toEqual(
      [
        mediaTypes.certificateList,
        mediaTypes.certificateList,
        mediaTypes.intelCollateral,
        mediaTypes.intelCollateral
      ].toSorted()
    )
    const appraisal = await authenticate(sent, { now, ...trust() })
    expect(new Set(appraisal.collateral.map(({ source }) => source))).toEqual(new Set(['evidence']))
  })

  it('is the same again where everything is in it', async () => {
    const collateral = collateralAt(now)
    const whole = await bundle(bare(), { collateral, now, ...trust() })
    server.requests.length = 0
    expect(await bundle(whole, { collateral, now, ...trust() })).toEqual(whole)
    expect(server.requests).toEqual([])
  })

  it('is whole whatever the source remembers', async () => {
    const collateral = collateralAt(now)
    await authenticate(bare(), { collateral, now, ...trust() })
    const whole = await bundle(bare(), { collateral, now, ...trust() })
    expect(whole.endorsements).toHaveLength(4)
  })

  it('holds what the caller gave', async () => {
    const given = intel.endorsements('tdx').map(({ bytes }) => bytes)
    const whole = await bundle(bare(), { collateral: createCollateral({ given, offline: true }), now, ...trust() })
    expect(await codeOfAsync(() => authenticate(whole, { now, ...trust() }))).toBe('none')
  })

  it('comes from a caching service, too', async () => {
    const proper = server.answers
    server.answers = asPccs(proper)
    const collateral = createCollateral({ services: pccs(server.url), clock: () => now })
    const whole = await bundle(bare(), { collateral, now, ...trust() })
    server.answers = proper
    expect(await codeOfAsync(() => authenticate(whole, { now, ...trust() }))).toBe('none')
  })

  it('of an SNP report verifies without any service', async () => {
    const amd = await fakeAmd({ now })
    const kds = await startKds(amd)
    const collateral = createCollateral({ services: { 'amd-kds': kds.url }, clock: () => now })
    const unsafeExtraRoots = [amd.root]
    const whole = await bundle(amd.evidence(reportData, { endorsements: [] }), { collateral, now, unsafeExtraRoots })
    await kds.stop()
    const options = { now, unsafeExtraRoots, requireCrl: true }
    expect(await codeOfAsync(() => authenticate(whole, options))).toBe('none')
  })

  it('is not made of evidence that does not verify', async () => {
    const bytes = bare().bytes.slice()
    bytes[600] = (bytes[600] ?? 0) ^ 1
    const work = () => bundle({ ...bare(), bytes }, { collateral: collateralAt(now), now, ...trust() })
    expect(await codeOfAsync(work)).toBe('ERR_EVIDENCE_SIGNATURE')
  })

  it('is not made without a source', async () => {
    expect(await codeOfAsync(() => bundle(bare(), { now } as never))).toBe('ERR_USAGE_OPTION')
  })
})

describe('refresh', () => {
  it('renews what is due, before anybody waits for it', async () => {
    const time = fakeTime(now.toISOString())
    const collateral = createCollateral({ services: server.services, clock: time.clock, wait: time.wait })
    await authenticate(bare(), { collateral, now, ...trust() })
    server.requests.length = 0
    expect(await collateral.refresh()).toEqual([])
    time.advance(330 * day)
    expect((await collateral.refresh()).map(({ type, error }) => [type, error]).toSorted()).toEqual([
      ['intel-pck-crl', undefined],
      ['intel-qe-identity', undefined],
      ['intel-root-crl', undefined],
      ['intel-tcb-info', undefined]
    ])
    expect(server.requests).toHaveLength(4)
    time.advance(hour / 2)
    expect(await collateral.refresh()).toEqual([])
  })

  it('keeps what it has while the service is down, and says so', async () => {
    const time = fakeTime(now.toISOString())
    const collateral = createCollateral({ services: server.services, clock: time.clock, wait: time.wait, retries: 0 })
    await authenticate(bare(), { collateral, now, ...trust() })
    server.behaviour = (_, response) => void response.writeHead(503).end()
    time.advance(330 * day)
    const failed = await collateral.refresh()
    expect(failed.map(({ error }) => error?.code)).toEqual(Array.from({ length: 4 }, () => 'ERR_COLLATERAL_NETWORK'))
    const later = { now: time.clock(), collateral, ...trust() }
    expect(await codeOfAsync(() => authenticate(bare(), later))).toBe('none')
  })
})

describe('collateral past its end', () => {
  const late = (days: number): Date => new Date(now.getTime() + (364 + days) * day)
  const rule = { kind: 'tdx', mrTd: 'any', rtmr: 'any' }
  const codeAt = (
    at: Date,
    maxStale?: string,
    collateral?: RefreshableCollateral,
    evidence = intel.tdxEvidence(reportData)
  ) => {
    const policy = parsePolicy({ anyOf: [rule], ...(maxStale === undefined ? {} : { maxStale }) })
    const options = { policy, reportData, now: at, ...trust(), ...(collateral === undefined ? {} : { collateral }) }
    return codeOfAsync(() => verify(evidence, options))
  }

  it('that came with evidence counts for as long as the policy says', async () => {
    expect(await codeAt(late(-1))).toBe('none')
    expect(await codeAt(late(2))).toMatch(/^ERR_(CRL|COLLATERAL)_EXPIRED$/)
    expect(await codeAt(late(2), 'P3D')).toBe('none')
    expect(await codeAt(late(4), 'P3D')).toMatch(/^ERR_(CRL|COLLATERAL)_EXPIRED$/)
  })

  it('that is cached counts for as long while the service is down', async () => {
    const store = memoryStore()
    await authenticate(bare(), {
      collateral: createCollateral({ services: server.services, clock: () => now, store }),
      now,
      ...trust()
    })
    server.behaviour = (_, response) => void response.writeHead(503).end()
    const cold = (at: Date) => createCollateral({ services: server.services, clock: () => at, store, retries: 0 })
    expect(await codeAt(late(2), 'P3D', cold(late(2)), bare())).toBe('none')
    expect(await codeAt(late(2), undefined, cold(late(2)), bare())).toBe('ERR_COLLATERAL_NETWORK')
    expect(await codeAt(late(4), 'P3D', cold(late(4)), bare())).toBe('ERR_COLLATERAL_NETWORK')
  })

  it('is marked as stale in the appraisal, and the verdict ends with it', async () => {
    const policy = parsePolicy({ anyOf: [rule], maxStale: 'P3D' })
    const appraisal = await verify(intel.tdxEvidence(reportData), { policy, reportData, now: late(2), ...trust() })
    expect(appraisal.collateral.filter(({ stale }) => stale).map(({ type }) => type)).toEqual([
      'intel-pck-crl',
      'intel-root-crl',
      'intel-tcb-info',
      'intel-qe-identity'
    ])
  })

  it('never excuses a certificate', async () => {
    const years = new Date(now.getTime() + 8 * 365 * day)
    expect(await codeAt(years, 'P9000D')).toBe('ERR_CERTIFICATE_EXPIRED')
  })

  it.each(['1 day', 'P1Y', '', 3])('for %j is no policy', (maxStale) => {
    expect(() => parsePolicy({ anyOf: [rule], maxStale })).toThrow('policy: maxStale expected')
  })
})
