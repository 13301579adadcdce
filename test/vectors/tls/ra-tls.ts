// Vectors of evidence in certificates: buffers of claims from fixed inputs, and whole certificates, made once with the simulators and kept.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { simulator, tdxSimulator } from '../../../packages/sdk/src/attest/index.js'
import { fromHex, toHex } from '../../../packages/sdk/src/core/index.js'
import { claimsReportData, encodeClaims } from '../../../packages/sdk/src/tls/ra-tls/claims.js'
import { createRaTlsCertificate } from '../../../packages/sdk/src/tls/ra-tls/index.js'
import { authenticate, type Policy, policyFrom } from '../../../packages/sdk/src/verify/index.js'

/** A certificate, with the policy that accepts it and a time at which it is valid. */
export interface CertificateVector {
  readonly format: 'ccc' | 'cmw'
  readonly kind: 'tdx' | 'snp'
  readonly at: string
  readonly policy: Policy
  /** Hex DER. */
  readonly certificate: string
}

const spki = fromHex(
  '3059301306072a8648ce3d020106082a8648ce3d030107034200045b559fd1eeffef7a41ef42915c59454d69d217' +
    'a8dcb6617b128c5fc9118cdfb1493baa46594fd6279bde6de38b42f362fc7c365b6728ca03e1d6f8845aaa257e'
)
const nonce = new Uint8Array(32).fill(0xc3)
const validity = { notBefore: new Date('2026-11-25T00:00:00Z'), notAfter: new Date('2026-11-25T01:00:00Z') }

export function claimVectors(): unknown {
  return [{}, { nonce }, { validity }, { nonce, validity }].map((more) => {
    const claims = encodeClaims({ spki, ...more })
    return {
      spki: toHex(spki),
      ...('nonce' in more ? { nonce: toHex(nonce) } : {}),
      ...('validity' in more ? { notBefore: validity.notBefore, notAfter: validity.notAfter } : {}),
      claims: toHex(claims),
      reportData: toHex(claimsReportData(claims))
    }
  })
}

const path = join(import.meta.dirname, 'ra-tls-certificates.json')

export function readCertificateVectors(): readonly CertificateVector[] {
  return JSON.parse(readFileSync(path, 'utf8'))
}

/** Keys and signatures are random: what is written once is kept, as a promise to read it for ever. */
export async function writeCertificateVectors(): Promise<void> {
  const vectors: CertificateVector[] = []
  for (const [provider, format] of [
    [tdxSimulator(), 'ccc'],
    [tdxSimulator(), 'cmw'],
    [simulator(), 'cmw']
  ] as const) {
    const evidence = await provider.collect({ reportData: new Uint8Array(64) })
    const policy = policyFrom(await authenticate(evidence, { allowSimulator: true }))
    const { der } = await createRaTlsCertificate({ provider, format })
    vectors.push({
      format,
      kind: evidence.kind === 'snp' ? 'snp' : 'tdx',
      at: new Date().toISOString(),
      policy,
      certificate: toHex(der)
    })
  }
  writeFileSync(path, `${JSON.stringify(vectors, null, 2)}\n`)
}
