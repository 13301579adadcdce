// AMD's revocation lists past their end: an error, unless the caller says for how long they are still good while no newer is to be had.
import { beforeAll, describe, expect, it } from 'vitest'
import { type Evidence, mediaTypes } from '../../../packages/sdk/src/evidence/index.js'
import { type FakeAmd, fakeAmd } from '../../../packages/sdk/src/testing/index.js'
import {
  type Appraisal,
  authenticate,
  type Collateral,
  createCollateral,
  memoryStore,
  parsePolicy,
  verify
} from '../../../packages/sdk/src/verify/index.js'
import { parseCertificate } from '../../../packages/sdk/src/x509/index.js'
import { codeOfAsync } from '../../support/coded.js'
import { policyJson } from '../../support/snp-policy.js'

const reportData = new Uint8Array(64).fill(7)
const start = new Date('2026-02-01T00:00:00Z')
const end = new Date('2026-02-11T00:00:00Z')
const twoDaysLate = new Date('2026-02-13T00:00:00Z')

let amd: FakeAmd
let list: Uint8Array
let newer: Uint8Array
beforeAll(async () => {
  amd = await fakeAmd({ now: start })
  list = await amd.issueCrl([], { notBefore: start, notAfter: end })
  newer = await amd.issueCrl([], { notBefore: end, notAfter: new Date('2026-02-21T00:00:00Z') })
})

interface Situation {
  readonly now?: Date
  readonly maxStale?: string
  readonly requireCrl?: boolean
  readonly shipped?: readonly Uint8Array[]
  readonly collateral?: Collateral
}

function evidenceWith(lists: readonly Uint8Array[]): Evidence {
  const { leaf, ask, ark } = amd.certificates
  const certificates = [leaf, ask, ark].map((bytes) => ({ mediaType: mediaTypes.certificate, bytes }))
  const shipped = lists.map((bytes) => ({ mediaType: mediaTypes.certificateList, bytes }))
  return amd.evidence(reportData, { endorsements: [...certificates, ...shipped] })
}

function judge({
  now = twoDaysLate,
  shipped = [],
  requireCrl = false,
  maxStale,
  collateral
}: Situation): Promise<Appraisal> {
  return authenticate(evidenceWith(shipped), {
    now,
    requireCrl,
    unsafeExtraRoots: [amd.root],
    ...(maxStale === undefined ? {} : { maxStale }),
    ...(collateral === undefined ? {} : { collateral })
  })
}

const codeIn = (situation: Situation): Promise<string> => codeOfAsync(() => judge(situation))

const listOf = ({ collateral }: Appraisal) => collateral.find(({ type }) => type === 'amd-crl')

/** A service that has `body`, or that is down. */
function service(body?: Uint8Array): typeof fetch {
  return async () => {
    if (body === undefined) throw new Error('down')
    return new Response(new Uint8Array(body), { headers: { 'content-type': 'application/pkix-crl' } })
  }
}

const source = (fetch: typeof globalThis.fetch, at = twoDaysLate, store = memoryStore()): Collateral =>
  createCollateral({ fetch, store, retries: 0, clock: () => at })

describe('a shipped list that has ended', () => {
  it('is refused', async () => {
    expect(await codeIn({ shipped: [list] })).toBe('ERR_CRL_EXPIRED')
  })

  it('is used where the caller tolerates it for so long, and is named stale', async () => {
    const appraisal = await judge({ shipped: [list], maxStale: 'P2D' })
    expect(listOf(appraisal)).toMatchObject({ stale: true, notAfter: end.toISOString() })
    expect(appraisal.checks.find(({ id }) => id === 'snp.list')).toMatchObject({
      outcome: 'passed',
      title: expect.stringContaining('out of date')
    })
  })

  it('is refused once it is staler', async () => {
    expect(await codeIn({ shipped: [list], maxStale: 'P1D' })).toBe('ERR_CRL_EXPIRED')
    expect(await codeIn({ shipped: [list], maxStale: 'PT47H59M59S' })).toBe('ERR_CRL_EXPIRED')
  })

  it('still revokes', async () => {
    const { serialNumber } = parseCertificate(amd.certificates.ask)
    const revoking = await amd.issueCrl([{ serialNumber, revocationDate: start }], { notBefore: start, notAfter: end })
    expect(await codeIn({ shipped: [revoking], maxStale: 'P7D' })).toBe('ERR_CERTIFICATE_REVOKED')
  })

  it('gives way to one that the service has', async () => {
    const collateral = source(service(newer))
    const appraisal = await judge({ shipped: [list], requireCrl: true, maxStale: 'P7D', collateral })
    expect(listOf(appraisal)).toMatchObject({ source: 'network' })
    expect(listOf(appraisal)?.stale).toBeUndefined()
    expect(await codeIn({ shipped: [list], requireCrl: true, collateral })).toBe('none')
  })

  it('says more than a service that is down', async () => {
    const situation = { shipped: [list], requireCrl: true, collateral: source(service()) }
    expect(await codeIn(situation)).toBe('ERR_CRL_EXPIRED')
    expect(listOf(await judge({ ...situation, maxStale: 'P7D' }))).toMatchObject({ source: 'evidence', stale: true })
  })

  it('is not remembered as current, nor as stale', async () => {
    const collateral = source(service())
    const at = (now: Date) => judge({ shipped: [list], maxStale: 'P7D', collateral, now })
    expect(listOf(await at(start))?.stale).toBeUndefined()
    expect(listOf(await at(twoDaysLate))?.stale).toBe(true)
    expect(listOf(await at(start))?.stale).toBeUndefined()
    expect(await codeIn({ shipped: [list], collateral })).toBe('ERR_CRL_EXPIRED')
  })
})

describe('a cached list that has ended', () => {
  const cached = async (): Promise<Collateral> => {
    const store = memoryStore()
    const before = source(service(list), start, store)
    await judge({ now: start, requireCrl: true, collateral: before })
    return source(service(), twoDaysLate, store)
  }

  it('is refused while its service is down', async () => {
    expect(await codeIn({ requireCrl: true, collateral: await cached() })).toBe('ERR_COLLATERAL_NETWORK')
    expect(await codeIn({ requireCrl: true, collateral: await cached(), maxStale: 'P1D' })).toBe(
      'ERR_COLLATERAL_NETWORK'
    )
  })

  it('is used while its service is down where the caller tolerates it for so long', async () => {
    const appraisal = await judge({ requireCrl: true, collateral: await cached(), maxStale: 'P2D' })
    expect(listOf(appraisal)).toMatchObject({ source: 'cache', stale: true })
    expect(appraisal.validUntil > twoDaysLate.toISOString()).toBe(true)
  })

  it('is used by a policy with maxStale, and refused by one without', async () => {
    const rule = { measurement: 'any' }
    const under = async (terms: Readonly<Record<string, unknown>>) => {
      const policy = parsePolicy(policyJson(rule, { requireCrl: true, ...terms }))
      const options = { policy, reportData, now: twoDaysLate, unsafeExtraRoots: [amd.root], collateral: await cached() }
      return codeOfAsync(() => verify(evidenceWith([]), options))
    }
    expect(await under({ maxStale: 'P3D' })).toBe('none')
    expect(await under({})).toBe('ERR_COLLATERAL_NETWORK')
  })
})

it('never excuses a list that is not valid yet', async () => {
  expect(await codeIn({ shipped: [newer], now: start, maxStale: 'P30D' })).toBe('ERR_CRL_EXPIRED')
})

it('never excuses a certificate', async () => {
  const leaf = await amd.issueVcek({ notBefore: new Date('2025-01-01T00:00:00Z'), notAfter: start })
  const endorsements = [leaf, amd.certificates.ask].map((bytes) => ({ mediaType: mediaTypes.certificate, bytes }))
  const evidence = amd.evidence(reportData, { endorsements })
  const options = { now: twoDaysLate, unsafeExtraRoots: [amd.root], maxStale: 'P30D' }
  expect(await codeOfAsync(() => authenticate(evidence, options))).toBe('ERR_CERTIFICATE_EXPIRED')
})

it.each(['', '1 day', 'P1Y', 3, null])('takes %j for no duration', async (maxStale) => {
  // @ts-expect-error two are of the wrong type on purpose
  expect(await codeOfAsync(() => authenticate(evidenceWith([]), { maxStale }))).toBe('ERR_USAGE_OPTION')
})
