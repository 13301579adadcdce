// A server that starts cold while a thousand TDs of one platform connect at once: the service sees one request for each item.
import { afterAll, beforeAll, expect, it } from 'vitest'
import { answerPcs, fakeIntel } from '../../../packages/sdk/src/testing/index.js'
import {
  authenticate,
  createCollateral,
  type Policy,
  pccs,
  policyFrom,
  type RefreshableCollateral,
  verify
} from '../../../packages/sdk/src/verify/index.js'
import { describeWithVectors, readVector } from '../../support/vectors.js'
import { fakeTime } from '../collateral/fake-time.js'
import { type Answers, asPccs, type PcsServer, realAnswers, realQuote, startPcs } from './pcs-server.js'

const now = new Date('2026-01-01T00:00:00Z')
const pcsRequests = (fmspc: string) => [
  '/IntelSGXRootCA.der',
  '/sgx/certification/v4/pckcrl?ca=platform&encoding=der',
  '/tdx/certification/v4/qe/identity',
  `/tdx/certification/v4/tcb?fmspc=${fmspc}`
]

let server: PcsServer

beforeAll(async () => {
  server = await startPcs(() => ({ status: 404, headers: {}, body: new Uint8Array(0) }))
})
afterAll(() => server.stop())

function restart(answers: Answers): void {
  server.answers = answers
  server.requests.length = 0
}

function collateralAt(time: Date, services = server.services): RefreshableCollateral {
  const { clock, wait } = fakeTime(time.toISOString())
  return createCollateral({ services, clock, wait })
}

it('makes one request for each item of collateral for a thousand quotes that differ', async () => {
  const intel = await fakeIntel({ now })
  restart((path) => answerPcs(intel, `https://pcs${path}`))
  const trust = { now, unsafeExtraRoots: [intel.root] }
  const policy = policyFrom(await authenticate(intel.tdxEvidence(new Uint8Array(64)), trust))
  const collateral = collateralAt(now)
  const verdicts = await Promise.all(
    Array.from({ length: 1000 }, (_, i) => {
      const reportData = new Uint8Array(64).fill(i & 0xff)
      return verify(intel.tdxEvidence(reportData, { endorsements: [] }), { policy, reportData, collateral, ...trust })
    })
  )
  expect(new Set(verdicts.map(({ tcb }) => tcb.status))).toEqual(new Set(['UpToDate']))
  expect(server.requests.toSorted()).toEqual(pcsRequests('90C06F000000'))
})

describeWithVectors('the collateral of a real platform', () => {
  const evidence = () => ({ kind: 'tdx', bytes: readVector(realQuote.file), endorsements: [] }) as const
  const reportData = new Uint8Array(64)

  async function realPolicy(): Promise<Policy> {
    restart(realAnswers)
    return policyFrom(await authenticate(evidence(), { now: realQuote.at, collateral: collateralAt(realQuote.at) }))
  }

  it('is fetched once for a thousand verifications at once', async () => {
    const policy = await realPolicy()
    restart(realAnswers)
    const collateral = collateralAt(realQuote.at)
    const options = { policy, reportData, collateral, now: realQuote.at }
    await Promise.all(Array.from({ length: 1000 }, () => verify(evidence(), options)))
    expect(server.requests.toSorted()).toEqual(pcsRequests('00806F050000'))
  })

  it('is fetched once from a caching service that writes lists in hex, that of the root among them', async () => {
    const policy = await realPolicy()
    restart(asPccs(realAnswers))
    const collateral = createCollateral({ services: pccs(server.url), clock: () => realQuote.at })
    const options = { policy, reportData, collateral, now: realQuote.at }
    await Promise.all(Array.from({ length: 100 }, () => verify(evidence(), options)))
    expect(server.requests.toSorted()).toEqual(
      pcsRequests('00806F050000').toSpliced(0, 1, '/sgx/certification/v4/rootcacrl').toSorted()
    )
  })
})
