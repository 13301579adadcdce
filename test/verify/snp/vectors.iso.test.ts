import { beforeAll, describe, expect, it } from 'vitest'
import {
  type Endorsement,
  type Evidence,
  mediaTypes,
  parseSnpReport
} from '../../../packages/sdk/src/evidence/index.js'
import {
  appraisalOf,
  authenticate,
  createCollateral,
  parsePolicy,
  policyFrom,
  verify
} from '../../../packages/sdk/src/verify/index.js'
import { codeOfAsync } from '../../support/coded.js'
import { describeWithVectors, readVector, readVectorJson } from '../../support/vectors.js'

interface VectorCase {
  readonly id: string
  readonly file: string
  readonly kind: string
  readonly with: readonly string[]
  readonly at: string | null
  readonly outcome: string
}

const milan = ['snp/milan/gcp-milan-v5', 'certs/amd-milan-vcek-chain.pem'] as const
const now = new Date('2026-04-19T04:51:27Z')

describeWithVectors('SNP reports of real machines', () => {
  let cases: readonly VectorCase[] = []
  beforeAll(() => {
    const all = readVectorJson('cases.json') as readonly VectorCase[] // the file's format is described beside it
    cases = all.filter(({ kind }) => kind === 'snp-report')
  })

  it('are genuine with the endorsements that they ship', async () => {
    const genuine = cases.filter(({ outcome }) => outcome === 'genuine')
    expect(genuine.length).toBeGreaterThan(15)
    for (const { id, file, with: files, at } of genuine) {
      const evidence = snp(readVector(file), files)
      const appraisal = await authenticate(evidence, { now: new Date(at ?? now) })
      expect([id, appraisal.simulated, appraisal.checks.filter(({ outcome }) => outcome === 'failed')]).toEqual([
        id,
        false,
        []
      ])
    }
  })

  it('are genuine with what the caller gives, in any order', async () => {
    for (const { file, with: files, at } of cases.filter(({ outcome }) => outcome === 'genuine')) {
      const collateral = createCollateral({ given: files.toReversed().map(readVector), offline: true })
      const appraisal = await authenticate(snp(readVector(file), []), { collateral, now: new Date(at ?? now) })
      expect(appraisal.collateral.map(({ source }) => source)).toEqual(['caller', 'caller', 'pinned'])
    }
  })

  it('cannot be decided without a certificate, and say where it is', async () => {
    await expect(authenticate(snp(report(), []), { now })).rejects.toMatchObject({
      code: 'ERR_COLLATERAL_MISSING',
      message: expect.stringContaining('https://kdsintf.amd.com/vcek/v1/Milan/980cf7b61876cb37')
    })
  })

  it('cannot be decided without the intermediate', async () => {
    await expect(authenticate(snp(report(), [`${milan[0]}.vcek.der`]), { now })).rejects.toMatchObject({
      code: 'ERR_COLLATERAL_MISSING',
      message: expect.stringContaining('/vcek/v1/Milan/cert_chain')
    })
  })

  it('need no root certificate: its key is pinned', async () => {
    const ask = firstBlock(readVector(milan[1]))
    const endorsements = [
      certificate(readVector(`${milan[0]}.vcek.der`)),
      { mediaType: mediaTypes.certificateChain, bytes: ask }
    ]
    await expect(authenticate({ kind: 'snp', bytes: report(), endorsements }, { now })).resolves.toMatchObject({
      kind: 'snp'
    })
  })

  it.each([
    ['the certificate of another chip', ['snp/milan/dstack-milan-v3.vcek.der', milan[1]], 'ERR_EVIDENCE_KEY'],
    ['the certificate of another product', ['snp/genoa/tav-genoa-v3.vcek.der', milan[1]], 'ERR_EVIDENCE_PRODUCT'],
    ['a VLEK', ['snp/milan/aws-vlek-milan-v3.vlek.der', 'certs/amd-milan-vlek-chain.pem'], 'ERR_EVIDENCE_KEY'],
    [
      'the chain of another product',
      [`${milan[0]}.vcek.der`, 'certs/amd-genoa-vcek-chain.pem'],
      'ERR_EVIDENCE_PRODUCT'
    ],
    ['the chain for VLEKs', [`${milan[0]}.vcek.der`, 'certs/amd-milan-vlek-chain.pem'], 'ERR_CERTIFICATE_CHAIN'],
    ['a certificate that somebody made', ['snp/bad/vcek-bad-new.der', milan[1]], 'ERR_EVIDENCE_KEY'],
    ['a certificate that somebody made, unwrapped', ['snp/bad/vcek-bad-legacy.der', milan[1]], 'ERR_EVIDENCE_KEY']
  ])('are refused with %s', async (_, files, code) => {
    expect(await codeOfAsync(() => authenticate(snp(report(), files), { now }))).toBe(code)
  })

  it('are genuine with the right certificate among wrong ones', async () => {
    const wrong = ['snp/bad/vcek-bad-new.der', 'snp/genoa/tav-genoa-v3.vcek.der', 'certs/amd-genoa-vcek-chain.pem']
    const files = [...wrong, `${milan[0]}.vcek.der`, milan[1], 'certs/amd-milan-vlek-chain.pem']
    await expect(authenticate(snp(report(), files), { now })).resolves.toMatchObject({ kind: 'snp' })
  })

  it.each([
    ['2020-01-01T00:00:00Z', 'ERR_CERTIFICATE_NOT_YET_VALID'],
    ['2040-01-01T00:00:00Z', 'ERR_CERTIFICATE_EXPIRED']
  ])('are refused at %s', async (at, code) => {
    const evidence = snp(report(), [`${milan[0]}.vcek.der`, milan[1]])
    expect(await codeOfAsync(() => authenticate(evidence, { now: new Date(at) }))).toBe(code)
  })

  it('pass the policy that pins what was seen, and fail it with the reason when the measurement differs', async () => {
    const evidence = snp(report(), [`${milan[0]}.vcek.der`, milan[1]])
    const { reportData } = parseSnpReport(evidence.bytes)
    const pinned = policyFrom(await authenticate(evidence, { now }))
    await expect(verify(evidence, { policy: pinned, reportData, now })).resolves.toMatchObject({ kind: 'snp' })
    const [rule] = pinned.anyOf
    const other = parsePolicy({
      anyOf: [{ ...rule, measurement: [{ digest: '4c'.repeat(48), name: 'shop-api 1.8.2' }] }]
    })
    const error: unknown = await verify(evidence, { policy: other, reportData, now }).catch((reason: unknown) => reason)
    expect(error).toMatchObject({
      code: 'ERR_POLICY_MEASUREMENT',
      message: 'SNP measurement: expected one of 4c4c…4c4c (shop-api 1.8.2), found b747…06f3'
    })
    expect(
      appraisalOf(error)
        ?.checks.filter(({ outcome }) => outcome === 'failed')
        .map(({ id }) => id)
    ).toEqual(['policy.measurement'])
  })

  describe('whatever bit is flipped', () => {
    it('are refused', async () => {
      const evidence = snp(report(), [`${milan[0]}.vcek.der`, milan[1]])
      const collateral = createCollateral({ offline: true })
      for (let at = 0; at < evidence.bytes.length; at += 7) {
        const bytes = evidence.bytes.with(at, (evidence.bytes[at] ?? 0) ^ (1 << (at & 7)))
        const code = await codeOfAsync(() => authenticate({ ...evidence, bytes }, { collateral, now }))
        expect([at, code]).not.toEqual([at, 'none'])
      }
    })
  })
})

function report(): Uint8Array {
  return readVector(`${milan[0]}.bin`)
}

function snp(bytes: Uint8Array, files: readonly string[]): Evidence {
  return { kind: 'snp', bytes, endorsements: files.map((file) => certificate(readVector(file))) }
}

function certificate(bytes: Uint8Array): Endorsement {
  return { mediaType: mediaTypes.certificate, bytes }
}

/** The first certificate of a PEM file. */
function firstBlock(pem: Uint8Array): Uint8Array {
  const text = new TextDecoder().decode(pem)
  const end = '-----END CERTIFICATE-----\n'
  return new TextEncoder().encode(text.slice(0, text.indexOf(end) + end.length))
}
