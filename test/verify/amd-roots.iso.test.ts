import { describe, expect, it } from 'vitest'
import { snpProducts } from '../../packages/sdk/src/evidence/index.js'
import { sha256Hex } from '../../packages/sdk/src/verify/memory.js'
import { amdRoots, spkiOfRoot } from '../../packages/sdk/src/verify/roots/amd.js'
import { parseCertificates } from '../../packages/sdk/src/x509/index.js'
import { describeWithVectors, readVector } from '../support/vectors.js'

describe('the pinned AMD roots', () => {
  it('are one for each product', () => {
    expect(amdRoots.map(({ product }) => product)).toEqual(snpProducts)
  })

  it.each(amdRoots.map((root) => [root.product, root] as const))(
    'hold the key of %s that their digest names',
    async (_, root) => {
      expect(await sha256Hex(spkiOfRoot(root))).toBe(root.sha256)
    }
  )

  it.each(amdRoots.map((root) => [root.product, root] as const))(
    'say where the key of %s comes from',
    (product, root) => {
      expect(root.sourceUrl).toBe(`https://kdsintf.amd.com/vcek/v1/${product}/cert_chain`)
    }
  )
})

describeWithVectors('the pinned AMD roots, against published certificates', () => {
  it.each(amdRoots.map((root) => [root.product, root] as const))(
    'are the key and dates of the ARK of %s',
    (product, root) => {
      const [, ark] = parseCertificates(readVector(`certs/amd-${product.toLowerCase()}-vcek-chain.pem`))
      expect(ark?.spki).toEqual(spkiOfRoot(root))
      expect([ark?.notBefore.toISOString(), ark?.notAfter.toISOString()]).toEqual([root.notBefore, root.notAfter])
    }
  )
})
