// The items of AMD's key distribution service, held against certificates that it has issued.
import { expect, it } from 'vitest'
import { parseSnpReport, parseTcb, type SnpProduct, tcbLayoutOf } from '../../../packages/sdk/src/evidence/index.js'
import { createCollateral } from '../../../packages/sdk/src/verify/collateral/index.js'
import { chainItem, vcekItem } from '../../../packages/sdk/src/verify/snp/kds.js'
import { describeWithVectors, readVector } from '../../support/vectors.js'

const now = new Date('2026-01-01T00:00:00Z')

const machines: readonly (readonly [product: SnpProduct, name: string])[] = [
  ['Milan', 'snp/milan/gcp-milan-v5'],
  ['Milan', 'snp/milan/constellation-azure-milan-v2'],
  ['Genoa', 'snp/genoa/tav-genoa-v3'],
  ['Genoa', 'snp/genoa/lunal-genoa-siena-v5'],
  ['Turin', 'snp/turin/tav-turin-v5']
]

function itemFor(product: SnpProduct, name: string): ReturnType<typeof vcekItem> {
  const { chipId, reportedTcb } = parseSnpReport(readVector(`${name}.bin`))
  const hwId = product === 'Turin' ? chipId.slice(0, 8) : chipId
  return vcekItem(product, hwId, parseTcb(reportedTcb, tcbLayoutOf(product)))
}

function answering(path: string): ReturnType<typeof createCollateral> {
  return createCollateral({ fetch: async () => new Response(readVector(path).slice()) })
}

describeWithVectors('what the key distribution service of AMD has served', () => {
  it.each(machines)('is the VCEK of %s asked for: %s', async (product, name) => {
    const { bytes } = await answering(`${name}.vcek.der`).get(itemFor(product, name), { now })
    expect(bytes).toEqual(readVector(`${name}.vcek.der`))
  })

  it.each(machines)('is not the VCEK of another machine: %s, %s', async (product, name) => {
    const other = machines.find((machine) => machine[1] !== name)?.[1]
    await expect(answering(`${other}.vcek.der`).get(itemFor(product, name), { now })).rejects.toMatchObject({
      code: 'ERR_COLLATERAL_RESPONSE'
    })
  })

  it.each(['Milan', 'Genoa', 'Turin'] as const)('is a chain for VCEKs and one for VLEKs of %s', async (product) => {
    for (const key of ['VCEK', 'VLEK'] as const) {
      const file = `certs/amd-${product.toLowerCase()}-${key.toLowerCase()}-chain.pem`
      const { value } = await answering(file).get(chainItem(product, key), { now })
      expect(value.ask.issuer.der).toEqual(value.ark.subject.der)
      const other = key === 'VCEK' ? 'VLEK' : 'VCEK'
      await expect(answering(file).get(chainItem(product, other), { now })).rejects.toMatchObject({
        code: 'ERR_COLLATERAL_RESPONSE'
      })
    }
  })
})
