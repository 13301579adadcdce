import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { encodePem } from '../../packages/sdk/src/encoding/pem.js'
import { encodeEvidence } from '../../packages/sdk/src/evidence/cmw/encode-evidence.js'
import { encodeSnpCertificateTable } from '../../packages/sdk/src/evidence/index.js'
import { type FakeAmd, fakeAmd } from '../../packages/sdk/src/testing/index.js'
import { describeWithVectors, vectorsDir } from '../support/vectors.js'
import { createFixture, type Fixture } from './evidence.js'
import { run, temporaryDirectory } from './run.js'

const directory = temporaryDirectory()
const reportData = new Uint8Array(64).fill(0xab)
const now = new Date('2026-01-02T00:00:00Z')
let amd: FakeAmd
let fixture: Fixture

beforeAll(async () => {
  amd = await fakeAmd()
  fixture = await createFixture(directory)
})

const file = (name: string, data: Uint8Array | string): string => {
  writeFileSync(join(directory, name), data)
  return join(directory, name)
}
const inspect = async (data: Uint8Array | string): Promise<string> => {
  const { code, stdout } = await run(['inspect', file('input', data)], { now })
  expect(code).toBe(0)
  expect(stdout).toContain('not verified: these are claims')
  return stdout
}
const reportWith = (fields: Parameters<FakeAmd['report']>[1]): Uint8Array => amd.report(reportData, fields)

describe('inspect says of a report', () => {
  it('what it claims', async () => {
    const text = await inspect(amd.report(reportData))
    expect(text).toContain('SNP attestation report, version 3')
    expect(text).toContain('report data   abababababab…abababab')
    expect(text).toContain('reported TCB  boot loader 4, TEE 0, SNP firmware 24, microcode 219')
    expect(text).toContain('product       Milan')
    expect(text).toContain('✓ debugging is not allowed')
    expect(text).toContain('✓ migration is not allowed')
  })

  it.each([
    [{ policy: 0xb_0000n }, '✗ debugging is allowed: the host may read and write'],
    [{ policy: 0x7_0000n }, '! a migration agent is allowed'],
    [{ vmpl: 2 }, '! asked for at privilege level 2'],
    [{ reportData: new Uint8Array(64) }, '! report data is zero'],
    [{ chipId: new Uint8Array(64) }, '! the chip id is masked'],
    [{ committedTcb: new Uint8Array(8) }, '! the current TCB is not committed'],
    [{ cpuid: { family: 0x20, model: 1, stepping: 1 } }, '✗ the processor is none that is known here']
  ])('what matters: %o', async (fields, remark) => {
    expect(await inspect(reportWith(fields))).toContain(remark)
  })

  it('that version 2 does not state the product', async () => {
    const old = await fakeAmd({ guest: { version: 2 } })
    expect(await inspect(old.report(reportData))).toContain('! version 2 does not state the product')
  })

  it('TCB and chip of Turin in its own layout', async () => {
    const turin = await fakeAmd({ guest: { product: 'Turin' } })
    const text = await inspect(turin.report(reportData))
    expect(text).toContain('reported TCB  FMC 1, boot loader 1, TEE 1, SNP firmware 4, microcode 81')
    expect(text).toContain('0x0 at launch, 0x0 now')
  })
})

describe('inspect shows', () => {
  it('a CMW with its endorsements', async () => {
    const text = await inspect(encodeEvidence(amd.evidence(reportData)))
    for (const title of [
      'CMW in CBOR',
      'SNP attestation report',
      'certificate SEV-VCEK',
      'certificate ARK-Milan',
      'revocation list of'
    ]) {
      expect(text).toContain(title)
    }
    expect(text).toContain('signs for   VCEK, Milan')
    expect(text).not.toContain('simulator')
  })

  it('that a CMW comes from the simulator', async () => {
    const text = await inspect(fixture.cmw)
    expect(text).toContain('✗ this evidence comes from the simulator: it proves nothing')
  })

  it('an endorsement that cannot be read without hiding the others', async () => {
    const evidence = amd.evidence(reportData)
    const broken = { mediaType: 'application/pkix-cert', bytes: Uint8Array.of(0x30, 0x03, 0x02, 0x01, 0x01) }
    const other = { mediaType: 'application/x-frob', bytes: Uint8Array.of(1, 2) }
    const text = await inspect(encodeEvidence({ ...evidence, endorsements: [broken, other, ...evidence.endorsements] }))
    expect(text).toMatch(/✗ ERR_/)
    expect(text).toContain('application/x-frob, 2 bytes')
    expect(text).toContain('certificate SEV-VCEK')
  })

  it('a certificate table', async () => {
    const text = await inspect(amd.certificateTable)
    expect(text).toContain('SNP certificate table with')
    expect(text).toContain('VCEK: certificate SEV-VCEK')
    const odd = encodeSnpCertificateTable([
      { guid: '63da758d-e664-4564-adc5-f4b93be8accd', bytes: Uint8Array.of(0x30) }
    ])
    expect(await inspect(odd)).toMatch(/VCEK/)
  })

  it('a certificate in DER, one in PEM, and a chain', async () => {
    const { ark, ask } = amd.certificates
    expect(await inspect(ark)).toContain('certificate ARK-Milan\n')
    expect(await inspect(encodePem('CERTIFICATE', ark))).toContain('certificate ARK-Milan\n')
    const chain = await inspect(
      encodePem('CERTIFICATE', ask) + encodePem('CERTIFICATE', ark) + encodePem('PUBLIC KEY', ark)
    )
    expect(chain).toContain('PEM with 3 blocks')
    expect(chain).toContain('certificate SEV-Milan')
    expect(chain).toContain('PUBLIC KEY, ')
  })

  it('a revocation list, with what it revokes', async () => {
    const crl = await amd.issueCrl([{ serialNumber: 0x10001, revocationDate: now }])
    const text = await inspect(crl)
    expect(text).toContain('revocation list of')
    expect(text).toContain('1: 010001')
    expect(text).toContain('next update')
  })

  it('that a certificate is not valid by the clock', async () => {
    const path = file('ark', amd.certificates.ark)
    const at = (time: string) => run(['inspect', path, '--at', time])
    expect((await at('2099-01-01')).stdout).toContain('✗ no longer valid')
    expect((await at('2001-01-01')).stdout).toContain('✗ not valid yet')
  })

  it('the same as JSON, said to be unverified, with bytes in full', async () => {
    const { json } = await run(['inspect', file('input', amd.report(reportData)), '--json'])
    expect(json).toMatchObject({ verified: false, what: 'snp-report', fields: { 'report data': 'ab'.repeat(64) } })
    expect(json.remarks).toContainEqual({ tone: 'good', text: 'debugging is not allowed' })
  })
})

describe('inspect --authenticate', () => {
  it('proves what a policy does not have to', async () => {
    const { code, stdout } = await run(['inspect', fixture.cmwPath, '--authenticate', '--offline'])
    expect(code).toBe(0)
    expect(stdout).toContain('of the SIMULATOR: it proves nothing')
    expect(stdout).toContain('✓ report is signed by this key')
    expect((await run(['inspect', fixture.cmwPath, '--authenticate', '--offline', '--json'])).json.appraisal.kind).toBe(
      'snp'
    )
  })

  it('rejects evidence under a root that nobody pinned', async () => {
    const path = file('foreign.cmw', encodeEvidence(amd.evidence(reportData)))
    const { code, stderr } = await run(['inspect', path, '--authenticate', '--offline'], { now })
    expect(code).toBe(1)
    expect(stderr).toContain('ERR_CERTIFICATE_')
  })

  it('leaves undecided what lacks its certificates', async () => {
    expect((await run(['inspect', fixture.reportPath, '--authenticate', '--offline'])).code).toBe(3)
  })

  it('rejects what is no evidence', async () => {
    expect((await run(['inspect', file('ark', amd.certificates.ark), '--authenticate', '--offline'])).code).toBe(1)
  })

  it('is needed for options that only it uses', async () => {
    const { code, stderr } = await run(['inspect', fixture.cmwPath, '--offline'])
    expect(code).toBe(2)
    expect(stderr).toContain('--offline is of use with --authenticate only')
  })
})

describe('inspect rejects', () => {
  it.each([
    ['nothing', new Uint8Array(0)],
    ['garbage', Uint8Array.from({ length: 5000 }, (_, i) => (i * 31) ^ 0x55)],
    ['a report cut short', () => amd.report(reportData).slice(0, 1183)],
    ['a certificate with a byte behind it', () => Uint8Array.from([...amd.certificates.ark, 0])],
    ['a JSON document of another kind', new TextEncoder().encode('{"a":1}')],
    ['PEM without an end', new TextEncoder().encode('-----BEGIN CERTIFICATE-----\nAAAA\n')]
  ])('%s', async (_, data) => {
    const { code, stdout, stderr } = await run(['inspect', file('bad', typeof data === 'function' ? data() : data)])
    expect(code).toBe(1)
    expect(stdout).toBe('')
    expect(stderr).toMatch(/ERR_/)
  })
})

describeWithVectors('inspect on files of real machines', () => {
  it.each([
    ['snp/turin/tav-turin-v5.bin', 'product       Turin'],
    ['snp/genoa/veraison-auxblob.bin', 'VCEK: certificate SEV-VCEK'],
    ['snp/milan/aws-vlek-milan-v3.vlek.der', 'signs for   VLEK, Milan'],
    ['certs/amd-genoa-vcek-chain.pem', 'certificate ARK-Genoa'],
    ['tdx/phala-v4.bin', 'TDX quote, version 4'],
    ['sgx/phala-v3.bin', 'SGX quote, version 3'],
    ['collateral/crl-root-ca-2026-02-26.der', 'revocation list of']
  ])('%s', async (name, text) => {
    const { code, stdout } = await run(['inspect', join(vectorsDir(), name)])
    expect(code).toBe(0)
    expect(stdout).toContain(text)
  })
})
