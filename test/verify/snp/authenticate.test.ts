import { beforeAll, describe, expect, it } from 'vitest'
import { UnavailableError } from '../../../packages/sdk/src/core/index.js'
import {
  type Endorsement,
  type Evidence,
  encodeSnpCertificateTable,
  mediaTypes
} from '../../../packages/sdk/src/evidence/index.js'
import { snpCertificateGuids } from '../../../packages/sdk/src/evidence/snp/certificate-table.js'
import { type FakeAmd, fakeAmd } from '../../../packages/sdk/src/testing/index.js'
import {
  type Appraisal,
  type AuthenticateOptions,
  appraisalOf,
  authenticate,
  type Collateral,
  type CollateralItem,
  createCollateral
} from '../../../packages/sdk/src/verify/index.js'
import { codeOfAsync } from '../../support/coded.js'

const reportData = new Uint8Array(64).fill(7)
const now = new Date('2026-02-01T00:00:00Z')

let amd: FakeAmd
let cloud: FakeAmd
beforeAll(async () => {
  amd = await fakeAmd({ now })
  cloud = await fakeAmd({ now, guest: { signingKey: 'VLEK' } })
})

describe('authenticate, on SNP evidence', () => {
  it('records what was proved, in order', async () => {
    const { checks, collateral, evidenceDigest } = await judge(amd.evidence(reportData))
    expect(checks.map(({ id, outcome }) => `${id} ${outcome}`)).toEqual([
      'snp.format passed',
      'snp.endorsements passed',
      'snp.product passed',
      'snp.signing-key passed',
      'snp.tcb passed',
      'snp.chip passed',
      'snp.root passed',
      'snp.leaf passed',
      'snp.names passed',
      'snp.usage passed',
      'snp.revocation passed',
      'snp.validity passed',
      'snp.list passed',
      'snp.signature passed'
    ])
    expect(collateral.map(({ type, source }) => `${type} ${source}`)).toEqual([
      'amd-vcek evidence',
      'amd-ask evidence',
      'amd-ark evidence',
      'amd-crl evidence'
    ])
    expect(evidenceDigest).toMatch(/^[0-9a-f]{64}$/)
  })

  it('is valid until the first of its endorsements ends', async () => {
    const { collateral, validUntil } = await judge(amd.evidence(reportData))
    expect(validUntil).toBe(collateral.map(({ notAfter }) => notAfter).toSorted()[0])
  })

  it('carries the appraisal on the error, with the check that failed and the claims', async () => {
    const evidence = amd.evidence(reportData)
    const error: unknown = await judge({ ...evidence, bytes: evidence.bytes.with(0x90, 0) }).catch(
      (reason: unknown) => reason
    )
    const appraisal = appraisalOf(error)
    expect(appraisal?.checks.at(-1)).toMatchObject({ id: 'snp.signature', outcome: 'failed' })
    expect(appraisal?.claims.measurement).toMatch(/^00[0-9a-f]{94}$/)
    expect(JSON.stringify(error)).not.toContain('snp.signature')
  })

  it('names the rule that a certificate breaks with both values', async () => {
    const tcb = amd.guest.tcb.with(7, 1)
    const leaf = await amd.issueVcek({ tcb })
    const error: unknown = await judge(withCertificates(leaf)).catch((reason: unknown) => reason)
    expect(error).toMatchObject({
      code: 'ERR_EVIDENCE_KEY',
      details: {
        check: 'snp.tcb',
        expected: expect.stringContaining('microcode'),
        actual: expect.stringContaining('microcode 1')
      }
    })
  })

  it('takes certificates from a table, DER or PEM', async () => {
    const table = { mediaType: mediaTypes.snpCertificateTable, bytes: amd.certificateTable }
    await expect(judge(amd.evidence(reportData, { endorsements: [table] }))).resolves.toMatchObject({ kind: 'snp' })
  })

  it('refuses a forged certificate table', async () => {
    const bytes = encodeSnpCertificateTable([{ guid: snpCertificateGuids.VCEK, bytes: new Uint8Array(100) }])
    new DataView(bytes.buffer).setUint32(20, 0xffff_ffff, true)
    const table = { mediaType: mediaTypes.snpCertificateTable, bytes }
    expect(await codeOfAsync(() => judge(amd.evidence(reportData, { endorsements: [table] })))).toBe(
      'ERR_EVIDENCE_FORMAT'
    )
  })

  it('tries every certificate that fits: a forged one does not hide the genuine one', async () => {
    const forger = await fakeAmd({ vendor: 'forger', now })
    const { leaf, ask, ark } = amd.certificates
    const endorsements = [await forger.issueVcek(), forger.certificates.ask, forger.certificates.ark, leaf, ask, ark]
    await expect(judge(withCertificates(...endorsements))).resolves.toMatchObject({ kind: 'snp' })
  })

  it('prefers a certificate that is valid now to one that was issued for another time', async () => {
    const past = { notBefore: new Date('2020-01-01T00:00:00Z'), notAfter: new Date('2021-01-01T00:00:00Z') }
    const old = await amd.issueVcek(past)
    const { leaf, ask } = amd.certificates
    await expect(judge(withCertificates(old, leaf, ask))).resolves.toMatchObject({ kind: 'snp' })
    expect(await codeOfAsync(() => judge(withCertificates(old, ask)))).toBe('ERR_CERTIFICATE_EXPIRED')
  })

  it('goes by the current revocation list where there are several', async () => {
    const past = { notBefore: new Date('2020-01-01T00:00:00Z'), notAfter: new Date('2021-01-01T00:00:00Z') }
    const lists = [await amd.issueCrl([], past), amd.certificates.crl].map(list)
    const evidence = withCertificates(amd.certificates.leaf, amd.certificates.ask)
    const both = { ...evidence, endorsements: [...evidence.endorsements, ...lists] }
    await expect(judge(both)).resolves.toMatchObject({ kind: 'snp' })
    const old = { ...evidence, endorsements: [...evidence.endorsements, ...lists.slice(0, 1)] }
    expect(await codeOfAsync(() => judge(old))).toBe('ERR_CRL_EXPIRED')
  })

  it('demands a revocation list where the caller does', async () => {
    const evidence = withCertificates(amd.certificates.leaf, amd.certificates.ask)
    await expect(judge(evidence)).resolves.toMatchObject({ kind: 'snp' })
    expect(await codeOfAsync(() => judge(evidence, { requireCrl: true }))).toBe('ERR_COLLATERAL_MISSING')
    const fetching = engine({ 'amd-crl': amd.certificates.crl })
    const appraisal = await judge(evidence, { requireCrl: true, collateral: fetching })
    expect(appraisal.collateral.at(-1)).toMatchObject({ type: 'amd-crl', source: 'network' })
  })

  it('says so when a certificate is no certificate, and nothing better is there', async () => {
    const garbage = Uint8Array.of(0x30, 0x03, 0x02, 0x01, 0x05)
    expect(await codeOfAsync(() => judge(withCertificates(garbage)))).toMatch(
      /^ERR_(ENCODING_DER|CERTIFICATE_FORMAT|CRL_FORMAT)$/
    )
    await expect(judge(withCertificates(Uint8Array.of(1, 2, 3), ...genuine()))).resolves.toMatchObject({ kind: 'snp' })
  })

  it('refuses more certificates than anybody needs', async () => {
    const [leaf] = genuine()
    const many = Array.from({ length: 65 }, () => leaf ?? new Uint8Array())
    expect(await codeOfAsync(() => judge(withCertificates(...many)))).toBe('ERR_EVIDENCE_FORMAT')
  })
})

describe('authenticate, on evidence that a cloud key signed', () => {
  it('skips the chip, which the cloud hides, and names the cloud', async () => {
    const { checks, claims } = await judge(cloud.evidence(reportData), { unsafeExtraRoots: [cloud.root] })
    expect(checks.find(({ id }) => id === 'snp.chip')).toMatchObject({ outcome: 'skipped' })
    expect(claims).toMatchObject({ signingKey: 'VLEK', chipId: '0'.repeat(128), cspId: 'CN=tresor-simulator' })
  })

  it('does not take a VCEK for it', async () => {
    const evidence = { ...amd.evidence(reportData), bytes: cloud.report(reportData) }
    expect(await codeOfAsync(() => judge(evidence))).toBe('ERR_EVIDENCE_KEY')
  })

  it('cannot fetch its certificate anywhere', async () => {
    const collateral = createCollateral({ fetch: () => Promise.reject(new Error('not to be called')) })
    expect(await codeOfAsync(() => judge(cloud.evidence(reportData, { endorsements: [] }), { collateral }))).toBe(
      'ERR_COLLATERAL_MISSING'
    )
  })
})

describe('authenticate, with a source of collateral', () => {
  it('fetches what is missing', async () => {
    const collateral = engine({ 'amd-vcek': amd.certificates.leaf, 'amd-chain': pemChain(amd) })
    const appraisal = await judge(amd.evidence(reportData, { endorsements: [] }), { collateral })
    expect(appraisal.collateral.map(({ source }) => source)).toEqual(['network', 'network', 'network'])
  })

  it('asks the service for this chip and this TCB', async () => {
    const paths: string[] = []
    const collateral = engine({}, (item) => paths.push(item.path))
    await codeOfAsync(() => judge(amd.evidence(reportData, { endorsements: [] }), { collateral }))
    expect(paths).toEqual([
      expect.stringMatching(/^\/vcek\/v1\/Milan\/[0-9a-f]{128}\?blSPL=\d+&teeSPL=\d+&snpSPL=\d+&ucodeSPL=\d+$/)
    ])
  })

  it('asks for Turin with its short id and its firmware', async () => {
    const turin = await fakeAmd({ now, guest: { product: 'Turin' } })
    const paths: string[] = []
    const collateral = engine({}, (item) => paths.push(item.path))
    await codeOfAsync(() => judge(turin.evidence(reportData, { endorsements: [] }), { collateral }))
    expect(paths).toEqual([expect.stringMatching(/^\/vcek\/v1\/Turin\/[0-9a-f]{16}\?fmcSPL=\d+&blSPL=/)])
  })

  it('asks for both products that make reports of version 2, which name none', async () => {
    const old = await fakeAmd({ now, guest: { version: 2 } })
    const paths: string[] = []
    const collateral = engine({}, (item) => paths.push(item.path.slice(0, 14)))
    await codeOfAsync(() => judge(old.evidence(reportData, { endorsements: [] }), { collateral }))
    expect(paths).toEqual(['/vcek/v1/Milan', '/vcek/v1/Genoa'])
  })

  it('prefers the evidence to the caller, and both to the service', async () => {
    const collateral: Collateral = { ...engine({}, () => expect.unreachable()), given: genuine() }
    expect((await judge(amd.evidence(reportData), { collateral })).collateral[0]).toMatchObject({ source: 'evidence' })
    const bare = amd.evidence(reportData, { endorsements: [] })
    expect((await judge(bare, { collateral })).collateral[0]).toMatchObject({ source: 'caller' })
  })

  it('replaces a certificate for another TCB by the right one', async () => {
    const leaf = await amd.issueVcek({ tcb: amd.guest.tcb.with(7, 1) })
    const collateral = engine({ 'amd-vcek': amd.certificates.leaf })
    const evidence = withCertificates(leaf, amd.certificates.ask)
    await expect(judge(evidence, { collateral })).resolves.toMatchObject({ kind: 'snp' })
    expect(await codeOfAsync(() => judge(evidence, { collateral: engine({}) }))).toBe('ERR_EVIDENCE_KEY')
  })

  it('verifies the same again from memory, and still notices what changed', async () => {
    const collateral = createCollateral({ offline: true })
    const evidence = amd.evidence(reportData)
    const first = await judge(evidence, { collateral })
    expect(await judge(evidence, { collateral })).toEqual(first)
    expect(await codeOfAsync(() => judge({ ...evidence, bytes: evidence.bytes.with(0x91, 1) }, { collateral }))).toBe(
      'ERR_EVIDENCE_SIGNATURE'
    )
    expect(await codeOfAsync(() => judge(evidence, { collateral, now: new Date('2050-01-01T00:00:00Z') }))).toBe(
      'ERR_CERTIFICATE_EXPIRED'
    )
    expect(await codeOfAsync(() => judge(evidence, { collateral, unsafeExtraRoots: [] }))).toBe('ERR_CERTIFICATE_ROOT')
  })

  it('remembers a chain for the roots, and the sources, that it was proved with', async () => {
    const collateral = createCollateral({ offline: true, given: genuine() })
    const shipped = await judge(amd.evidence(reportData), { collateral })
    expect(shipped.collateral[0]).toMatchObject({ source: 'evidence' })
    const given = await judge(amd.evidence(reportData, { endorsements: [] }), { collateral })
    expect(given.collateral[0]).toMatchObject({ source: 'caller' })
    const otherProduct = [{ ...amd.root, product: 'Genoa' }]
    const options = { collateral, unsafeExtraRoots: otherProduct }
    expect(await codeOfAsync(() => judge(amd.evidence(reportData), options))).toBe('ERR_CERTIFICATE_ROOT')
  })

  it('remembers no failure', async () => {
    const collateral = createCollateral({ offline: true })
    const evidence = amd.evidence(reportData)
    expect(await codeOfAsync(() => judge(evidence, { collateral, unsafeExtraRoots: [] }))).toBe('ERR_CERTIFICATE_ROOT')
    await expect(judge(evidence, { collateral })).resolves.toMatchObject({ kind: 'snp' })
  })
})

describe('authenticate, on evidence of a simulator', () => {
  const organization = 'tresor simulator (not a TEE)'

  it('refuses it, unless it is allowed', async () => {
    const simulated = await fakeAmd({ now, organization })
    const evidence = simulated.evidence(reportData)
    const error: unknown = await authenticate(evidence, { now }).catch((reason: unknown) => reason)
    expect(error).toMatchObject({ code: 'ERR_EVIDENCE_SIMULATED' })
    expect(appraisalOf(error)).toMatchObject({ simulated: true })
    await expect(authenticate(evidence, { now, allowSimulator: true })).resolves.toMatchObject({ simulated: true })
  })

  it('allows nobody else that way', async () => {
    const forger = await fakeAmd({ now, vendor: 'forger', organization: `${organization} ` })
    expect(await codeOfAsync(() => authenticate(forger.evidence(reportData), { now, allowSimulator: true }))).toBe(
      'ERR_CERTIFICATE_ROOT'
    )
  })

  it('still refuses it when it is damaged', async () => {
    const { bytes, ...rest } = (await fakeAmd({ now, organization })).evidence(reportData)
    const evidence = { ...rest, bytes: bytes.with(0x90, 0xee) }
    expect(await codeOfAsync(() => authenticate(evidence, { now, allowSimulator: true }))).toBe(
      'ERR_EVIDENCE_SIGNATURE'
    )
  })
})

function judge(evidence: Evidence, options: AuthenticateOptions = {}): Promise<Appraisal> {
  return authenticate(evidence, { now, unsafeExtraRoots: [amd.root], ...options })
}

function genuine(): readonly Uint8Array[] {
  const { leaf, ask, ark } = amd.certificates
  return [leaf, ask, ark]
}

function withCertificates(...ders: readonly Uint8Array[]): Evidence {
  const endorsements = ders.map((bytes): Endorsement => ({ mediaType: mediaTypes.certificate, bytes }))
  return amd.evidence(reportData, { endorsements })
}

function list(bytes: Uint8Array): Endorsement {
  return { mediaType: mediaTypes.certificateList, bytes }
}

/** An engine that has these items, by type, and no others. */
function engine(
  items: Readonly<Record<string, Uint8Array>>,
  onGet: (item: CollateralItem<unknown>) => unknown = () => 0
): Collateral {
  return {
    given: [],
    memo: (_scope, _key, make) => make(),
    get: async (item) => {
      onGet(item)
      const bytes = items[item.type]
      if (bytes === undefined) throw new UnavailableError('ERR_COLLATERAL_OFFLINE', 'not in this test')
      return { value: await item.parse(bytes), bytes, source: 'network', stale: false }
    }
  }
}

function pemChain({ certificates }: FakeAmd): Uint8Array {
  const pem = (der: Uint8Array): string =>
    `-----BEGIN CERTIFICATE-----\n${Buffer.from(der).toString('base64').replace(/.{64}/g, '$&\n')}\n-----END CERTIFICATE-----\n`
  return new TextEncoder().encode((pem(certificates.ask) + pem(certificates.ark)).replaceAll('\n\n', '\n'))
}
