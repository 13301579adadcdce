import { describe, expect, it } from 'vitest'
import { snpProducts } from '../../packages/sdk/src/evidence/index.js'
import { sha256Hex } from '../../packages/sdk/src/verify/memory.js'
import { loadAmdRoot, spkiOfRoot } from '../../packages/sdk/src/verify/roots/amd.js'
import { parseCertificates } from '../../packages/sdk/src/x509/parse-certificates.js'
import { describeWithVectors, readVector } from '../support/vectors.js'

describe.each(snpProducts)('the pinned AMD root of %s', (product) => {
  it('is the key that its digest names', async () => {
    const root = await loadAmdRoot(product)
    expect(await sha256Hex(spkiOfRoot(root))).toBe(root.sha256)
  })
})

describeWithVectors('the pinned AMD roots, against published certificates', () => {
  it.each(snpProducts)('are the key and dates of the ARK of %s', async (product) => {
    const root = await loadAmdRoot(product)
    const [, ark] = parseCertificates(readVector(`certs/amd-${product.toLowerCase()}-vcek-chain.pem`))
    expect(ark?.spki).toEqual(spkiOfRoot(root))
    expect([ark?.notBefore.toISOString(), ark?.notAfter.toISOString()]).toEqual([root.notBefore, root.notAfter])
  })
})
