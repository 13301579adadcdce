import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { type AttestOptions, attest, type EvidenceProvider } from '../../packages/sdk/src/attest/index.js'
import { decodeEvidence } from '../../packages/sdk/src/evidence/cmw/decode-evidence.js'
import { type Evidence, encodeAttestBinding } from '../../packages/sdk/src/evidence/index.js'
import { fakeAmd } from '../../packages/sdk/src/testing/index.js'

const nonce = new Uint8Array(32).fill(1)
const amd = fakeAmd()

/** Remembers what it was asked for. */
async function createProvider(): Promise<
  EvidenceProvider & { readonly asked: { reportData: Uint8Array; signal?: AbortSignal }[] }
> {
  const { evidence } = await amd
  const asked: { reportData: Uint8Array; signal?: AbortSignal }[] = []
  const collect: EvidenceProvider['collect'] = async (request): Promise<Evidence> => {
    asked.push(request)
    return evidence(request.reportData)
  }
  return { kind: 'snp', name: 'fake', simulated: false, collect, asked }
}

function sha512(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(createHash('sha512').update(bytes).digest())
}

test('binds the nonce and gives evidence with its endorsements in one wrapper', async () => {
  const provider = await createProvider()
  const evidence = decodeEvidence(await attest(provider, { nonce }))
  const reportData = sha512(encodeAttestBinding(nonce))
  expect(provider.asked).toEqual([{ reportData }])
  expect(evidence.kind).toBe('snp')
  expect(evidence.bytes.slice(0x50, 0x90)).toEqual(reportData)
  expect(evidence.endorsements).toHaveLength(4)
})

test('binds claims too', async () => {
  const provider = await createProvider()
  const claims = Uint8Array.of(1, 2, 3)
  await attest(provider, { nonce, claims })
  expect(provider.asked[0]?.reportData).toEqual(sha512(encodeAttestBinding(nonce, claims)))
  expect(provider.asked[0]?.reportData).not.toEqual(sha512(encodeAttestBinding(nonce)))
})

test('takes what detect returns', async () => {
  const provider = await createProvider()
  await attest({ kind: 'snp', provider, alternatives: [], others: [] }, { nonce })
  expect(provider.asked).toHaveLength(1)
})

test('takes raw report data as they are', async () => {
  const provider = await createProvider()
  const rawReportData = new Uint8Array(64).fill(7)
  await attest(provider, { rawReportData })
  expect(provider.asked).toEqual([{ reportData: rawReportData }])
})

test('adds endorsements of the caller behind those of the provider', async () => {
  const endorsement = { mediaType: 'application/pkix-crl', bytes: Uint8Array.of(0x30, 0) }
  const bytes = await attest(await createProvider(), { nonce, endorsements: [endorsement] })
  expect(decodeEvidence(bytes).endorsements.at(-1)).toEqual(endorsement)
})

test('hands the signal on', async () => {
  const provider = await createProvider()
  const { signal } = new AbortController()
  await attest(provider, { nonce, signal })
  expect(provider.asked[0]?.signal).toBe(signal)
})

test.each<[string, object]>([
  ['neither nonce nor raw report data', {}],
  ['both', { nonce, rawReportData: new Uint8Array(64) }],
  ['a short nonce', { nonce: new Uint8Array(15) }],
  ['a long nonce', { nonce: new Uint8Array(1025) }],
  ['a nonce that is text', { nonce: 'nonce' }],
  ['claims that are too long', { nonce, claims: new Uint8Array(65_537) }],
  ['claims beside raw report data', { rawReportData: new Uint8Array(64), claims: new Uint8Array(1) }],
  ['raw report data of another length', { rawReportData: new Uint8Array(63) }],
  ['an unknown option', { nonce, challenge: nonce }]
])('refuses %s before it asks for evidence', async (_, options) => {
  const provider = await createProvider()
  await expect(attest(provider, options as AttestOptions)).rejects.toMatchObject({ code: 'ERR_USAGE_OPTION' })
  expect(provider.asked).toEqual([])
})

test.each([undefined, null, 'simulator', {}, { provider: {} }])('refuses a TEE that is none: %j', async (tee) => {
  await expect(attest(tee as unknown as EvidenceProvider, { nonce })).rejects.toMatchObject({
    code: 'ERR_USAGE_OPTION'
  })
})
