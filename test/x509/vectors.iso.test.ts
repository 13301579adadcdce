// Certificates, chains and lists of the vendors, as they are in the world.
import { expect, it } from 'vitest'
import { type Certificate, labelOf, nameOf, parseCertificate, verifyChain } from '../../packages/sdk/src/x509/index.js'
import { parseCertificates } from '../../packages/sdk/src/x509/parse-certificates.js'
import { parseCrl } from '../../packages/sdk/src/x509/parse-crl.js'
import { describeWithVectors, readVector } from '../support/vectors.js'

const now = new Date('2026-11-25T00:00:00Z')
const products = ['milan', 'genoa', 'turin'] as const

function certificate(path: string): Certificate {
  return parseCertificate(readVector(path))
}

describeWithVectors('certificates of the vendors', () => {
  it.each([
    ['amd-turin-vcek-only', 'SEV-VCEK'],
    ['aws-nitro-root-g1', 'aws.nitro-enclaves'],
    ['azure-vtpm-root-2023', 'Azure Virtual TPM Root Certificate Authority 2023'],
    ['gcp-ek-ak-root', 'EK/AK CA Root'],
    ['gcp-ek-ak-intermediate-v3', 'EK/AK CA Intermediate'],
    ['gcp-tpm-ek-root-legacy', 'tpm_ek_v1_cloud_host_root'],
    ['intel-pck-platform-ca', 'Intel SGX PCK Platform CA'],
    ['intel-pck-processor-ca', 'Intel SGX PCK Processor CA'],
    ['intel-sgx-root-ca', 'Intel SGX Root CA'],
    ['intel-tcb-signing-2025', 'Intel SGX TCB Signing'],
    ['nvidia-device-root', 'NVIDIA Device Identity CA'],
    ['nvidia-rim-root', 'NVIDIA CoRIM signing Root CA']
  ])('parses %s', (name, commonName) => {
    expect(nameOf(certificate(`certs/${name}.der`), 'commonName')?.toLowerCase()).toContain(commonName.toLowerCase())
  })

  it('reads the year 9999 of the NVIDIA device root', () => {
    expect(certificate('certs/nvidia-device-root.der').notAfter).toEqual(new Date('9999-12-31T23:59:59Z'))
  })

  it.each(products)('reads uses and PSS parameters of the %s chain', (product) => {
    const [ask, ark] = parseCertificates(readVector(`certs/amd-${product}-vcek-chain.pem`))
    expect(ask?.basicConstraints).toEqual({ ca: true, pathLength: 0 })
    expect(ask?.keyUsage).toEqual(['keyCertSign'])
    expect(ark?.basicConstraints).toEqual({ ca: true })
    expect(ark?.keyUsage).toEqual(['keyCertSign', 'cRLSign'])
    expect(ask?.signatureAlgorithm).toEqual({ kind: 'rsa-pss', hash: 'sha384', saltLength: 48 })
  })

  it('reads the zero serial number and the chip id of a VCEK', () => {
    const vcek = certificate('certs/amd-turin-vcek-only.der')
    expect(vcek.serialNumber).toEqual(Uint8Array.of(0))
    expect(vcek.extensions.find(({ oid }) => oid === '1.3.6.1.4.1.3704.1.4')?.value).toHaveLength(8)
  })
})

describeWithVectors('chains of AMD', () => {
  it.each([
    ['snp/milan/gcp-milan-v5.vcek.der', 'milan', 'vcek'],
    ['snp/milan/aws-vlek-milan-v3.vlek.der', 'milan', 'vlek'],
    ['snp/genoa/tav-genoa-v3.vcek.der', 'genoa', 'vcek'],
    ['snp/turin/tav-turin-v5.vcek.der', 'turin', 'vcek']
  ])('verifies %s', async (leafPath, product, kind) => {
    const leaf = certificate(leafPath)
    const chain = [leaf, ...parseCertificates(readVector(`certs/amd-${product}-${kind}-chain.pem`))]
    const trustedKeys = chain.slice(-1).map((root) => root.spki)
    const validity = await verifyChain({ chain, trustedKeys, now: leaf.notBefore })
    expect(validity).toEqual({ notBefore: leaf.notBefore, notAfter: leaf.notAfter })
  })

  it('refuses a Milan VCEK under the ASK of another product and under the ASVK', async () => {
    const leaf = certificate('snp/milan/gcp-milan-v5.vcek.der')
    for (const name of ['amd-genoa-vcek', 'amd-milan-vlek']) {
      const chain = [leaf, ...parseCertificates(readVector(`certs/${name}-chain.pem`))]
      const trustedKeys = chain.slice(-1).map((root) => root.spki)
      await expect(verifyChain({ chain, trustedKeys, now })).rejects.toMatchObject({ code: 'ERR_CERTIFICATE_CHAIN' })
    }
  })
})

describeWithVectors('chains and lists of Intel', () => {
  const root = () => certificate('certs/intel-sgx-root-ca.der')
  const rootCrl = () => parseCrl(readVector('collateral/crl-root-ca-2026-02-26.der'))

  it('verifies the TCB signing certificate with the list of the root', async () => {
    const chain = [certificate('certs/intel-tcb-signing-2025.der'), root()]
    const crl = rootCrl()
    const validity = await verifyChain({ chain, trustedKeys: [root().spki], now, crls: [crl] })
    expect(validity.notAfter).toEqual(crl.nextUpdate)
  })

  it('refuses the one that expired in 2025', async () => {
    const chain = [certificate('certs/intel-tcb-signing-2018.der'), root()]
    const verdict = verifyChain({ chain, trustedKeys: [root().spki], now })
    await expect(verdict).rejects.toMatchObject({ code: 'ERR_CERTIFICATE_EXPIRED' })
  })

  it('refuses a CA in the place of a leaf', async () => {
    const chain = [certificate('certs/intel-pck-platform-ca.der'), root()]
    const verdict = verifyChain({ chain, trustedKeys: [root().spki], now })
    await expect(verdict).rejects.toMatchObject({ code: 'ERR_CERTIFICATE_USAGE' })
  })

  it.each([
    ['crl-pck-platform-2026-07-23', 'Intel SGX PCK Platform CA', 57],
    ['crl-pck-processor-2025-05-27', 'Intel SGX PCK Processor CA', 0],
    ['crl-root-ca-2026-02-26', 'Intel SGX Root CA', 0]
  ])('parses %s', (name, issuer, atLeast) => {
    const crl = parseCrl(readVector(`collateral/${name}.der`))
    expect(crl.issuer.attributes.map(({ value }) => value)).toContain(issuer)
    expect(crl.revoked.length).toBeGreaterThanOrEqual(atLeast)
    expect(crl.crlNumber).toBeDefined()
  })

  it('names certificates by their common name', () => {
    expect(labelOf(root())).toBe('Intel SGX Root CA')
  })
})
