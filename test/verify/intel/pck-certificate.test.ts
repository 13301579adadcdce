// Quotes that only name their platform, and a service that has the certificate: Intel's for an encrypted PPID, a caching service for any.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { encodeChain } from '../../../packages/sdk/src/attest/simulator/intel/index.js'
import { concatBytes, toHex, utf8 } from '../../../packages/sdk/src/core/index.js'
import type { Evidence } from '../../../packages/sdk/src/evidence/index.js'
import { answerPcs, type FakeIntel, fakeIntel, type PcsAnswer } from '../../../packages/sdk/src/testing/index.js'
import {
  type Appraisal,
  authenticate,
  bundle,
  type Collateral,
  createCollateral,
  memoryStore,
  pccs,
  type Services
} from '../../../packages/sdk/src/verify/index.js'
import { auditStore } from '../../../packages/sdk/src/verify/node/index.js'
import { codeOfAsync } from '../../support/coded.js'
import { type Answers, type PcsServer, startPcs } from './pcs-server.js'

const now = new Date('2026-01-01T00:00:00Z')
const reportData = new Uint8Array(64).fill(7)
const ppidBytes = { 1: 16, 2: 256, 3: 384 } as const
type PpidType = keyof typeof ppidBytes

let intel: FakeIntel
let other: FakeIntel
let server: PcsServer
let proper: Answers

beforeAll(async () => {
  intel = await fakeIntel({ now })
  other = await fakeIntel({ now, machine: 'another' })
  proper = (path) => answerPcs(intel, `https://pcs${path}`)
  server = await startPcs(proper)
})
afterAll(() => server.stop())
afterEach(() => {
  server.answers = proper
  server.behaviour = undefined
  server.requests.length = 0
})

function certificationOf(type: PpidType, { platform }: FakeIntel = intel) {
  const svn = Uint8Array.of(platform.pceSvn & 0xff, platform.pceSvn >> 8)
  const ppid = new Uint8Array(ppidBytes[type]).fill(1)
  ppid.set(platform.ppid)
  return { type, data: concatBytes(ppid, platform.cpuSvn, svn, platform.pceId) }
}

const evidenceOf = (type: PpidType, endorsements?: Evidence['endorsements']): Evidence =>
  intel.tdxEvidence(reportData, {
    certification: certificationOf(type),
    ...(endorsements === undefined ? {} : { endorsements })
  })

/** What a quote needs beside the certificate comes with it, so that requests are about the certificate alone. */
const source = (services: Services = server.services, changes: object = {}): Collateral =>
  createCollateral({ services, clock: () => now, retries: 0, ...changes })

const judge = (evidence: Evidence, collateral = source()): Promise<Appraisal> =>
  authenticate(evidence, { now, collateral, unsafeExtraRoots: [intel.root] })

const codeFor = (evidence: Evidence, collateral = source()): Promise<string> =>
  codeOfAsync(() => judge(evidence, collateral))

/** The answer about certificates, changed. */
function changed(change: (answer: PcsAnswer) => Partial<PcsAnswer>): Answers {
  return (path) => (path.includes('/pckcert') ? { ...proper(path), ...change(proper(path)) } : proper(path))
}

describe("Intel's service", () => {
  it('is asked for the platform that a quote names by its encrypted PPID', async () => {
    const { collateral } = await judge(evidenceOf(3))
    const { cpuSvn, pceSvn, pceId } = intel.platform
    const ppid = toHex(certificationOf(3).data.subarray(0, 384))
    const svn = toHex(Uint8Array.of(pceSvn & 0xff, pceSvn >> 8))
    const query = `encrypted_ppid=${ppid}&cpusvn=${toHex(cpuSvn)}&pcesvn=${svn}&pceid=${toHex(pceId)}`
    expect(server.requests).toEqual([`/sgx/certification/v4/pckcert?${query}`])
    expect(collateral.find(({ type }) => type === 'intel-pck-certificate')).toMatchObject({ source: 'network' })
  })

  it('is asked for enclaves, too', async () => {
    const evidence = intel.sgxEvidence(reportData, { certification: certificationOf(3) })
    expect(await codeFor(evidence)).toBe('none')
  })

  it('is asked once', async () => {
    const collateral = source()
    for (let i = 0; i < 3; i++) await judge(evidenceOf(3), collateral)
    await Promise.all([judge(evidenceOf(3), collateral), judge(evidenceOf(3), collateral)])
    expect(server.requests).toHaveLength(1)
  })

  it('is not asked where the certificate is at hand', async () => {
    const { pck, platformCa, root } = intel.material.certificates
    expect(
      await codeFor(evidenceOf(3), source(server.services, { given: [encodeChain([pck, platformCa, root])] }))
    ).toBe('none')
    expect(server.requests).toEqual([])
  })

  it.each([1, 2] as const)('does not know PPIDs of type %i', async (type) => {
    expect(await codeFor(evidenceOf(type))).toBe('ERR_COLLATERAL_MISSING')
    expect(server.requests[0]).not.toContain('qeid')
  })

  it('may send the certificate alone: what stands above comes with the list', async () => {
    server.answers = changed(() => ({ headers: { 'Content-Type': 'application/x-pem-file' } }))
    expect(await codeFor(evidenceOf(3))).toBe('none')
    expect(server.requests.at(-1)).toContain('/pckcrl?ca=platform')
  })
})

describe('a caching service', () => {
  it.each([1, 2, 3] as const)('is asked by the id of the quoting enclave for type %i', async (type) => {
    expect(await codeFor(evidenceOf(type), source(pccs(server.url)))).toBe('none')
    expect(server.requests[0]).toMatch(/^\/sgx\/certification\/v4\/pckcert\?.*&pceid=[0-9a-f]{4}&qeid=0{32}$/)
    expect(server.requests[0]?.includes('encrypted_ppid=')).toBe(type === 3)
  })

  it('is not told which evaluation of TCBs is wanted: certificates have none', async () => {
    expect(await codeFor(evidenceOf(1), source(pccs(server.url, { update: 'early' })))).toBe('none')
    expect(server.requests[0]).not.toContain('update')
  })
})

describe('a quote that names its platform is undecided', () => {
  it.each<[string, (answer: PcsAnswer) => Partial<PcsAnswer>]>([
    ['the platform is not known', () => ({ status: 404, body: new Uint8Array(0) })],
    ['the answer is of another platform', () => ({ body: encodeChain([other.material.certificates.pck]) })],
    ['the answer is another certificate', () => ({ body: encodeChain([intel.material.certificates.platformCa]) })],
    ['the answer is no certificate', () => ({ body: utf8('no such platform') })],
    ['the answer is a web page', () => ({ body: utf8('<html></html>') })],
    ['the issuers are no text', () => ({ headers: { 'SGX-PCK-Certificate-Issuer-Chain': '%ff' } })]
  ])('where %s', async (_, change) => {
    server.answers = changed(change)
    expect(await codeFor(evidenceOf(3))).toBe('ERR_COLLATERAL_MISSING')
  })

  it('where another PCE is meant', async () => {
    server.answers = () => proper(pathFor(0))
    expect(server.answers('').status).toBe(200)
    const certification = certificationOf(1)
    certification.data[certification.data.length - 2] = 1
    const evidence = intel.tdxEvidence(reportData, { certification })
    expect(await codeFor(evidence, source(pccs(server.url)))).toBe('ERR_COLLATERAL_MISSING')
  })

  it('where the PPID is not that of the certificate', async () => {
    const certification = certificationOf(1)
    certification.data[0] = (certification.data[0] ?? 0) ^ 1
    const evidence = intel.tdxEvidence(reportData, { certification })
    expect(await codeFor(evidence, source(pccs(server.url)))).toBe('ERR_COLLATERAL_MISSING')
  })

  it('and says so where the service is down, or too busy', async () => {
    server.behaviour = (_, response) => void response.destroy()
    expect(await codeFor(evidenceOf(3))).toBe('ERR_COLLATERAL_NETWORK')
    server.behaviour = (_, response) => void response.writeHead(429, { 'retry-after': '3600' }).end()
    expect(await codeFor(evidenceOf(3))).toBe('ERR_COLLATERAL_RATE_LIMIT')
  })

  function pathFor(pceId: number): string {
    const { cpuSvn } = intel.platform
    return `/sgx/certification/v4/pckcert?cpusvn=${toHex(cpuSvn)}&pceid=000${pceId}&qeid=${'00'.repeat(16)}`
  }
})

it('a forged name of a platform spoils nothing for quotes that name it rightly', async () => {
  const collateral = source()
  const certification = certificationOf(3)
  certification.data[20] = (certification.data[20] ?? 0) ^ 1
  server.answers = changed(() => ({ body: encodeChain([other.material.certificates.pck]) }))
  expect(await codeFor(intel.tdxEvidence(reportData, { certification }), collateral)).toBe('ERR_COLLATERAL_MISSING')
  server.answers = proper
  expect(await codeFor(evidenceOf(3), collateral)).toBe('none')
})

it('the certificate that a service had is shipped on by bundle, and then nobody need be asked', async () => {
  const complete = await bundle(evidenceOf(3, []), { now, collateral: source(), unsafeExtraRoots: [intel.root] })
  server.requests.length = 0
  expect(await codeFor(complete, source(server.services, { offline: true }))).toBe('none')
  expect(server.requests).toEqual([])
})

it('a stored certificate can be audited', async () => {
  const store = memoryStore()
  await judge(evidenceOf(3, []), source(server.services, { store }))
  const audited = await auditStore(store, { now, unsafeExtraRoots: [intel.root] })
  const found = audited.find(({ key }) => key.startsWith('intel-pck-certificate-'))
  expect(found).toMatchObject({ what: 'PCK certificate of a platform' })
  expect(found?.error).toBeUndefined()
  const strangers = await auditStore(store, { now })
  expect(strangers.find(({ key }) => key.startsWith('intel-pck-certificate-'))?.error?.code).toBe(
    'ERR_CERTIFICATE_ROOT'
  )
})
