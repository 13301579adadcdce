import { describe, expect, test } from 'vitest'
import {
  type CertificationData,
  encodeChain,
  type IntelMaterial,
  pckChainData
} from '../../packages/sdk/src/attest/simulator/intel/index.js'
import { TresorError } from '../../packages/sdk/src/core/index.js'
import { mediaTypes } from '../../packages/sdk/src/evidence/index.js'
import { parseQuote, type TdReport } from '../../packages/sdk/src/evidence/quote/index.js'
import {
  badTdxEvidence,
  type FakeIntel,
  type FakeIntelOptions,
  type FakeQuoteEvidence,
  fakeIntel
} from '../../packages/sdk/src/testing/index.js'
import { type Appraisal, authenticate } from '../../packages/sdk/src/verify/index.js'

const reportData = new Uint8Array(64).fill(8)
const now = new Date('2026-01-02T00:00:00Z')

async function judgeTd(options: FakeIntelOptions = {}): Promise<Appraisal> {
  const intel = await fakeIntel(options)
  return authenticate(intel.tdxEvidence(reportData), { unsafeExtraRoots: [intel.root], now })
}

async function judgeEnclave(options: FakeIntelOptions = {}, version?: 3 | 4 | 5): Promise<Appraisal> {
  const intel = await fakeIntel(options)
  const evidence = intel.sgxEvidence(reportData, version === undefined ? {} : { version })
  return authenticate(evidence, { unsafeExtraRoots: [intel.root], now })
}

const statuses = [
  'UpToDate',
  'SWHardeningNeeded',
  'ConfigurationNeeded',
  'ConfigurationAndSWHardeningNeeded',
  'OutOfDate',
  'OutOfDateConfigurationNeeded',
  'Revoked'
] as const

describe.each([4, 5] as const)('quotes of a TD, version %d', (version) => {
  test.each(statuses)('are rated %s where that is wanted', async (tcbStatus) => {
    await expect(judgeTd({ td: { version, tcbStatus } })).resolves.toMatchObject({
      kind: 'tdx',
      simulated: false,
      tcb: { status: tcbStatus }
    })
  })

  test('are of no supported level where that is wanted', async () => {
    await expect(judgeTd({ td: { version, tcbStatus: 'Unsupported' } })).rejects.toMatchObject({
      code: 'ERR_TCB_UNSUPPORTED'
    })
  })
})

test.each(['TdRelaunchAdvised', 'TdRelaunchAdvisedConfigurationNeeded'] as const)(
  'a TD 1.5 on a newer module is rated %s',
  async (tcbStatus) => {
    await expect(judgeTd({ td: { version: 5, tcbStatus } })).resolves.toMatchObject({ tcb: { status: tcbStatus } })
  }
)

describe.each([3, 4, 5] as const)('quotes of an enclave, version %d', (version) => {
  test.each(statuses)('are rated %s where that is wanted', async (tcbStatus) => {
    await expect(judgeEnclave({ td: { tcbStatus } }, version)).resolves.toMatchObject({
      kind: 'sgx',
      tcb: { status: tcbStatus }
    })
  })
})

test('an outdated quoting enclave makes the platform out of date', async () => {
  await expect(judgeTd({ qeStatus: 'OutOfDate' })).resolves.toMatchObject({ tcb: { status: 'OutOfDate' } })
})

test('a processor that a single package registered is certified by the other authority', async () => {
  await expect(judgeTd({ ca: 'processor' })).resolves.toMatchObject({ tcb: { status: 'UpToDate' } })
})

test('is refused by everybody who was not told to trust it', async () => {
  const intel = await fakeIntel()
  await expect(authenticate(intel.tdxEvidence(reportData), { now })).rejects.toMatchObject({
    code: 'ERR_CERTIFICATE_ROOT'
  })
})

test.each<[string, { authData?: Uint8Array; paddedBytes?: number }]>([
  ['without authentication data', { authData: new Uint8Array(0) }],
  ['in a buffer of 8000 bytes', { paddedBytes: 8000 }]
])('gives quotes %s', async (_, options) => {
  const intel = await fakeIntel()
  const evidence = intel.tdxEvidence(reportData, options)
  await expect(authenticate(evidence, { unsafeExtraRoots: [intel.root], now })).resolves.toBeDefined()
  expect(parseQuote(evidence.bytes).body).toMatchObject({ tee: 'tdx', report: { reportData } })
})

describe('certification data', () => {
  const judged = async (options: (intel: FakeIntel) => FakeQuoteEvidence<TdReport>): Promise<Appraisal> => {
    const intel = await fakeIntel()
    return authenticate(intel.tdxEvidence(reportData, options(intel)), { unsafeExtraRoots: [intel.root], now })
  }
  const withChain = ({ endorsements, material }: FakeIntel) => [
    ...endorsements('tdx'),
    { mediaType: mediaTypes.certificateChain, bytes: encodeChain(chainOf(material)) }
  ]

  test.each<[string, (chain: readonly Uint8Array[]) => CertificationData]>([
    ['without a NUL', (chain) => pckChainData(chain, '')],
    ['with its root before its CA', ([leaf, ca, root]) => pckChainData(only([leaf, root, ca]))],
    ['with its root first', ([leaf, ca, root]) => pckChainData(only([root, ca, leaf]))]
  ])('is taken %s', async (_, certificationOf) => {
    await expect(
      judged(({ material }) => ({ certification: certificationOf(chainOf(material)) }))
    ).resolves.toMatchObject({ tcb: { status: 'UpToDate' } })
  })

  test.each([
    [1, 36],
    [2, 276],
    [3, 404],
    [7, 50]
  ])('of type %d is enough where the chain comes beside it', async (type, length) => {
    const certification = { type, data: new Uint8Array(length) }
    await expect(judged((intel) => ({ certification, endorsements: withChain(intel) }))).resolves.toMatchObject({
      tcb: { status: 'UpToDate' }
    })
  })

  test('of type 4 is the leaf alone', async () => {
    await expect(
      judged((intel) => ({
        certification: { ...pckChainData(chainOf(intel.material).slice(0, 1)), type: 4 },
        endorsements: withChain(intel)
      }))
    ).resolves.toMatchObject({ tcb: { status: 'UpToDate' } })
  })
})

test('writes the fields that a test wants', async () => {
  const intel = await fakeIntel({ td: { version: 5 } })
  const mrTd = new Uint8Array(48).fill(7)
  expect(parseQuote(intel.tdxQuote(reportData, { fields: { mrTd } })).body).toMatchObject({ report: { mrTd } })
  expect(parseQuote(intel.sgxQuote(reportData, { fields: { isvSvn: 9 } })).body).toMatchObject({
    report: { isvSvn: 9 }
  })
})

test('has the same keys again for the same names, and others for others', async () => {
  const of = async (options: FakeIntelOptions): Promise<Uint8Array> => (await fakeIntel(options)).root.spki
  expect(await of({})).toEqual(await of({ vendor: 'intel' }))
  expect(await of({})).not.toEqual(await of({ vendor: 'forger' }))
  const [here, there] = [await fakeIntel(), await fakeIntel({ machine: 'other' })]
  expect(here.platform.ppid).not.toEqual(there.platform.ppid)
})

test('refuses options that it does not know', async () => {
  const error: unknown = await fakeIntel({ product: 'Xeon' } as object).catch((reason: unknown) => reason)
  expect(TresorError.is(error) && error.code).toBe('ERR_USAGE_OPTION')
})

test('gives bad evidence that is refused for exactly the reason it names', async () => {
  const intel = await fakeIntel({ now })
  const bad = await badTdxEvidence(intel, reportData, now)
  const verdicts = await Promise.all(
    bad.map(({ evidence }) =>
      authenticate(evidence, { unsafeExtraRoots: [intel.root], now }).catch((error: unknown) => error)
    )
  )
  const found = verdicts.map((verdict) => (TresorError.is(verdict) ? verdict.code : `accepted ${String(verdict)}`))
  expect(bad.map(({ name }, i) => [name, found[i]])).toEqual(bad.map(({ name, code }) => [name, code]))
  expect(new Set(bad.map(({ name }) => name)).size).toBe(bad.length)
})

function chainOf({ certificates: { pck, platformCa, root } }: IntelMaterial): readonly Uint8Array[] {
  return [pck, platformCa, root]
}

function only(chain: readonly (Uint8Array | undefined)[]): readonly Uint8Array[] {
  return chain.filter((certificate) => certificate !== undefined)
}
