// Quotes that only name their platform (certification data 1 to 3), or that carry a manifest of it (7): decided where the PCK
// certificate is given, and undecided elsewhere.
import { beforeAll, describe, expect, it } from 'vitest'
import { encodeChain } from '../../../packages/sdk/src/attest/simulator/intel/index.js'
import { concatBytes } from '../../../packages/sdk/src/core/index.js'
import type { Evidence } from '../../../packages/sdk/src/evidence/index.js'
import { type FakeIntel, fakeIntel } from '../../../packages/sdk/src/testing/index.js'
import { createCollateral, parsePolicy, verify } from '../../../packages/sdk/src/verify/index.js'
import { codeOfAsync } from '../../support/coded.js'

const now = new Date('2026-01-01T00:00:00Z')
const reportData = new Uint8Array(64).fill(7)
const policy = parsePolicy({
  anyOf: [
    { kind: 'tdx', mrTd: 'any', rtmr: 'any' },
    { kind: 'sgx', mrEnclave: 'any', mrSigner: 'any', isvProdId: 'any', minIsvSvn: 0 }
  ]
})
const ppidBytes = { 1: 16, 2: 256, 3: 384 } as const

let intel: FakeIntel
let other: FakeIntel
beforeAll(async () => {
  intel = await fakeIntel({ now })
  other = await fakeIntel({ now, machine: 'another' })
})

/** PPID, CPUSVN, PCESVN and PCE id. */
function namesPlatform(type: 1 | 2 | 3, { platform }: FakeIntel = intel) {
  const svn = Uint8Array.of(platform.pceSvn & 0xff, platform.pceSvn >> 8)
  const ppid = new Uint8Array(ppidBytes[type]).fill(1)
  ppid.set(platform.ppid)
  return { type, data: concatBytes(ppid, platform.cpuSvn, svn, platform.pceId) }
}

const chainOf = ({ material: { certificates } }: FakeIntel): Uint8Array =>
  encodeChain([certificates.pck, certificates.platformCa, certificates.root])

/** The code for evidence with these certificates given, without a network. */
function codeFor(evidence: Evidence, given: readonly Uint8Array[]): Promise<string> {
  const collateral = createCollateral({ given, offline: true })
  return codeOfAsync(() => verify(evidence, { policy, reportData, now, collateral, unsafeExtraRoots: [intel.root] }))
}

describe.each([1, 2, 3] as const)('a quote with certification data of type %i', (type) => {
  const ofTd = (): Evidence => intel.tdxEvidence(reportData, { certification: namesPlatform(type) })
  const ofEnclave = (): Evidence => intel.sgxEvidence(reportData, { certification: namesPlatform(type) })

  it('is accepted where its PCK certificate is given', async () => {
    expect(await codeFor(ofTd(), [chainOf(intel)])).toBe('none')
    expect(await codeFor(ofEnclave(), [chainOf(intel)])).toBe('none')
  })

  it('is accepted where others are given, too', async () => {
    expect(await codeFor(ofTd(), [chainOf(other), chainOf(intel)])).toBe('none')
  })

  it('is accepted where its PCK certificate came with it', async () => {
    const { endorsements, ...quote } = ofTd()
    const shipped = { mediaType: 'application/pem-certificate-chain', bytes: chainOf(intel) }
    expect(await codeFor({ ...quote, endorsements: [...endorsements, shipped] }, [])).toBe('none')
  })

  it('is undecided without it, and with that of another platform', async () => {
    expect(await codeFor(ofTd(), [])).toBe('ERR_COLLATERAL_MISSING')
    expect(await codeFor(ofTd(), [chainOf(other)])).toBe('ERR_COLLATERAL_MISSING')
    expect(await codeFor(ofEnclave(), [])).toBe('ERR_COLLATERAL_MISSING')
  })

  it.each([-1, 1])('is malformed where its data is longer by %i', async (by) => {
    const { data } = namesPlatform(type)
    const resized = new Uint8Array(data.length + by)
    resized.set(data.subarray(0, resized.length))
    const evidence = intel.tdxEvidence(reportData, { certification: { type, data: resized } })
    expect(await codeFor(evidence, [chainOf(intel)])).toBe('ERR_EVIDENCE_FORMAT')
  })
})

describe('a quote with a platform manifest (type 7)', () => {
  const manifest = { type: 7, data: new Uint8Array(1000).fill(3) }
  const ofTd = (): Evidence => intel.tdxEvidence(reportData, { certification: manifest })

  it('is undecided: only the registration service reads manifests', async () => {
    expect(await codeFor(ofTd(), [])).toBe('ERR_COLLATERAL_MISSING')
    expect(await codeFor(intel.sgxEvidence(reportData, { certification: manifest }), [])).toBe('ERR_COLLATERAL_MISSING')
    expect(await codeFor(ofTd(), [chainOf(other)])).toBe('ERR_COLLATERAL_MISSING')
  })

  it('is accepted once the platform is registered and its PCK certificate given', async () => {
    expect(await codeFor(ofTd(), [chainOf(intel)])).toBe('none')
  })

  it('is malformed where the manifest is larger than any', async () => {
    const certification = { type: 7, data: new Uint8Array(65_537) }
    expect(await codeFor(intel.tdxEvidence(reportData, { certification }), [])).toBe('ERR_EVIDENCE_FORMAT')
  })
})

it.each([0, 6, 8, 0xffff])('a quote with certification data of type %i is malformed', async (type) => {
  const evidence = intel.tdxEvidence(reportData, { certification: { type, data: new Uint8Array(36) } })
  expect(await codeFor(evidence, [chainOf(intel)])).toBe('ERR_EVIDENCE_FORMAT')
})

describe('a quote that carries its PCK certificate', () => {
  const carries = (type: 4 | 5, data: Uint8Array): Evidence =>
    intel.tdxEvidence(reportData, { certification: { type, data } })
  const leafOf = ({ material: { certificates } }: FakeIntel): Uint8Array => encodeChain([certificates.pck])

  it('is accepted with the leaf alone as type 4, and with the chain as type 5', async () => {
    expect(await codeFor(carries(4, leafOf(intel)), [chainOf(intel)])).toBe('none')
    expect(await codeFor(carries(5, chainOf(intel)), [])).toBe('none')
  })

  it('is refused where the type, which nobody signs, says something else than what is there', async () => {
    expect(await codeFor(carries(4, chainOf(intel)), [])).toBe('ERR_CERTIFICATE_CHAIN')
    expect(await codeFor(carries(5, leafOf(intel)), [chainOf(intel)])).toBe('ERR_CERTIFICATE_CHAIN')
  })
})
