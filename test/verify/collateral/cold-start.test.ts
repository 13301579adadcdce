// A server that starts cold while a thousand peers connect at once: the vendor sees one request for each item.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type FakeAmd, fakeAmd } from '../../../packages/sdk/src/testing/index.js'
import { createCollateral } from '../../../packages/sdk/src/verify/collateral/index.js'
import { authenticate, parsePolicy, policyFrom, verify } from '../../../packages/sdk/src/verify/index.js'
import { parseCertificate } from '../../../packages/sdk/src/x509/index.js'
import { fakeTime } from './fake-time.js'
import { type KdsServer, startKds } from './kds-server.js'

const now = new Date('2026-01-02T00:00:00Z')

let amd: FakeAmd
let kds: KdsServer

beforeAll(async () => {
  amd = await fakeAmd()
  kds = await startKds(amd)
})
afterAll(() => kds.stop())

describe('a thousand verifications at once, with nothing cached', () => {
  it('make one request for the VCEK, one for the chain and one for the list', async () => {
    const { clock, wait } = fakeTime()
    const unsafeExtraRoots = [{ product: 'Milan', spki: parseCertificate(amd.certificates.ark).spki }]
    const seen = await authenticate(amd.evidence(new Uint8Array(64)), { now, unsafeExtraRoots })
    const policy = parsePolicy({ ...policyFrom(seen), requireCrl: true })
    const collateral = createCollateral({ services: { 'amd-kds': kds.url }, clock, wait })
    const verdicts = await Promise.all(
      Array.from({ length: 1000 }, (_, i) => {
        const reportData = new Uint8Array(64).fill(i & 0xff)
        const evidence = amd.evidence(reportData, { endorsements: [] })
        return verify(evidence, { policy, reportData, collateral, now, unsafeExtraRoots })
      })
    )
    expect(verdicts).toHaveLength(1000)
    expect(kds.requests.map((url) => url.split(/[/?]/)[4]?.slice(0, 10)).sort()).toEqual(
      ['cert_chain', 'crl', Buffer.from(chipPrefix()).toString('hex')].sort()
    )
  })
})

function chipPrefix(): Uint8Array {
  return amd.report(new Uint8Array(64)).subarray(0x1a0, 0x1a0 + 5)
}
