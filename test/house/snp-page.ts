// The page that the limits on size are about: it verifies evidence of SNP as `attest` makes it, a CMW in CBOR that ships its certificates
// and no list, for a nonce and under a policy.
import { createHash } from 'node:crypto'
import { toHex } from '../../packages/sdk/src/core/index.js'
import { encodeEvidence } from '../../packages/sdk/src/evidence/cmw/encode-evidence.js'
import { encodeAttestBinding, mediaTypes } from '../../packages/sdk/src/evidence/index.js'
import { fakeAmd } from '../../packages/sdk/src/testing/index.js'
import { policyJson } from '../support/snp-policy.js'
import { bundleForBrowser, type Chunk, entryName, withApplication } from './bundle.js'
import { loadPage, type PageLoad } from './page.js'

export interface SnpPage {
  readonly chunks: readonly Chunk[]
  readonly ordinary: PageLoad
  /** The same page where there is no WebCrypto. */
  readonly insecure: PageLoad
}

export async function loadSnpPage(): Promise<SnpPage> {
  const page = `export { parsePolicy, verify } from '@tresor/sdk/verify'`
  const chunks = await withApplication((application) => bundleForBrowser(page, application))
  const script = await snpScript()
  const withoutWebCrypto = `Object.defineProperty(globalThis, 'crypto', { value: undefined })\n${script}`
  return { chunks, ordinary: await loadPage(chunks, script), insecure: await loadPage(chunks, withoutWebCrypto) }
}

async function snpScript(): Promise<string> {
  const now = new Date('2026-02-01T00:00:00Z')
  const nonce = new Uint8Array(32).fill(7)
  const amd = await fakeAmd({ now })
  const reportData = createHash('sha512').update(encodeAttestBinding(nonce)).digest()
  const { endorsements, ...evidence } = amd.evidence(reportData)
  const certificates = endorsements.filter(({ mediaType }) => mediaType === mediaTypes.certificate)
  const cmw = encodeEvidence({ ...evidence, endorsements: certificates })
  return `
import { parsePolicy, verify } from './${entryName}'
const bytes = (hex) => Uint8Array.from(hex.match(/../g), (byte) => Number.parseInt(byte, 16))
const policy = parsePolicy(${JSON.stringify(policyJson({ measurement: 'any' }))})
const unsafeExtraRoots = [{ product: '${amd.root.product}', spki: bytes('${toHex(amd.root.spki)}') }]
const options = { policy, nonce: bytes('${toHex(nonce)}'), now: new Date('${now.toISOString()}'), unsafeExtraRoots }
console.log((await verify(bytes('${toHex(cmw)}'), options)).kind)`
}
