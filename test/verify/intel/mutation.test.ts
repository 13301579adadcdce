// A whole quote, damaged in every way: each byte flipped, cut at each length, with a byte behind it. Nothing comes out genuine with
// other claims, and nothing comes out but a coded error.
import { beforeAll, describe, expect, it } from 'vitest'
import { concatBytes } from '../../../packages/sdk/src/core/index.js'
import type { Evidence } from '../../../packages/sdk/src/evidence/index.js'
import { type FakeIntel, fakeIntel } from '../../../packages/sdk/src/testing/index.js'
import { authenticate, createCollateral } from '../../../packages/sdk/src/verify/index.js'
import { codeOfAsync } from '../../support/coded.js'

const now = new Date('2026-01-01T00:00:00Z')
const reportData = new Uint8Array(64).fill(7)

let intel: FakeIntel
let newer: FakeIntel
beforeAll(async () => {
  intel = await fakeIntel({ now })
  newer = await fakeIntel({ now, td: { version: 5 } })
})

const subjects: readonly (readonly [string, () => Evidence])[] = [
  ['of a TD, version 4', () => intel.tdxEvidence(reportData)],
  ['of a TD 1.5, version 5', () => newer.tdxEvidence(reportData)],
  ['of an enclave, version 3', () => intel.sgxEvidence(reportData)]
]

describe.each(subjects)('a quote %s', (_, make) => {
  it('with a byte flipped is refused, or says the same', { timeout: 120_000 }, async () => {
    const evidence = make()
    const verifier = verifierOf()
    const good = await verifier(evidence.bytes, evidence)
    expect(good).toMatch(/^\[/)
    const wrong: string[] = []
    for (let at = 0; at < evidence.bytes.length; at++) {
      const flipped = evidence.bytes.slice()
      flipped[at] = (flipped[at] ?? 0) ^ (1 << (at & 7))
      const found = await verifier(flipped, evidence)
      if (!found.startsWith('ERR_') && found !== good) wrong.push(`${at}: ${found}`)
    }
    expect(wrong).toEqual([])
  })

  it('cut at any length is refused as malformed', async () => {
    const evidence = make()
    const verifier = verifierOf()
    const codes = new Set<string>()
    for (let length = 0; length < evidence.bytes.length; length += 1) {
      codes.add(await verifier(evidence.bytes.slice(0, length), evidence))
    }
    expect([...codes]).toEqual(['ERR_EVIDENCE_FORMAT'])
  })

  it('with bytes behind it is taken where they are the zeros of a buffer, and else refused', async () => {
    const evidence = make()
    const verifier = verifierOf()
    expect(await verifier(concatBytes(evidence.bytes, new Uint8Array(4000)), evidence)).not.toMatch(/^ERR_/)
    for (const tail of [Uint8Array.of(1), Uint8Array.of(0, 1)]) {
      expect(await verifier(concatBytes(evidence.bytes, tail), evidence)).toBe('ERR_EVIDENCE_FORMAT')
    }
  })
})

it('collateral with a byte flipped never changes a verdict', { timeout: 120_000 }, async () => {
  const evidence = intel.tdxEvidence(reportData)
  const verdict = verifierOf()
  const good = await verdict(evidence.bytes, evidence)
  expect(good).toMatch(/^\[/)
  const wrong: string[] = []
  for (const [index, endorsement] of evidence.endorsements.entries()) {
    for (let at = index; at < endorsement.bytes.length; at += 13) {
      const bytes = endorsement.bytes.slice()
      bytes[at] = (bytes[at] ?? 0) ^ 0x10
      const endorsements = evidence.endorsements.with(index, { ...endorsement, bytes })
      const found = await verdict(evidence.bytes, { ...evidence, endorsements })
      if (!found.startsWith('ERR_') && found !== good) wrong.push(`${index} ${at}: ${found}`)
    }
  }
  expect(wrong).toEqual([])
})

/** Status and claims without those that nothing covers, or the code of a refusal. With a memory that has seen the good quote, too. */
function verifierOf(): (bytes: Uint8Array, evidence: Evidence) => Promise<string> {
  const collateral = createCollateral({ offline: true })
  const options = { now, collateral, unsafeExtraRoots: [intel.root] }
  return async (bytes, evidence) => {
    let found = ''
    const code = await codeOfAsync(async () => {
      const { claims, tcb } = await authenticate({ ...evidence, bytes }, options)
      found = JSON.stringify([claims, tcb])
    })
    return code === 'none' ? found : code
  }
}
