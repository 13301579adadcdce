// Files and sockets give Buffers, whose slice is a view: whoever takes it for a copy changes evidence while reading it.
import { expect, it } from 'vitest'
import { DerReader, parseCbor } from '../../packages/sdk/src/encoding/index.js'
import { encodeEvidence } from '../../packages/sdk/src/evidence/cmw/encode-evidence.js'
import { parseSnpReport } from '../../packages/sdk/src/evidence/index.js'
import { fakeAmd } from '../../packages/sdk/src/testing/index.js'
import {
  createCollateral,
  createVerifier,
  parsePolicy,
  type VerifyOptions,
  verify
} from '../../packages/sdk/src/verify/index.js'
import { codeOfAsync } from '../support/coded.js'
import { policyJson } from '../support/snp-policy.js'

const now = new Date('2026-02-01T00:00:00Z')
const reportData = new Uint8Array(64).fill(3)

async function setUp() {
  const amd = await fakeAmd({ now })
  const policy = parsePolicy(policyJson({ measurement: 'any' }))
  const options: VerifyOptions = {
    policy,
    now,
    reportData,
    unsafeExtraRoots: [amd.root],
    collateral: createCollateral()
  }
  return { evidence: amd.evidence(reportData), options }
}

it('verifies the same Buffers again and again, and leaves them as they were', async () => {
  const { evidence, options } = await setUp()
  const bytes = Buffer.from(evidence.bytes)
  const cmw = Buffer.from(encodeEvidence(evidence))
  for (const given of [{ ...evidence, bytes }, cmw, { ...evidence, bytes }, cmw]) {
    await expect(verify(given, options)).resolves.toMatchObject({ kind: 'snp' })
  }
  expect(bytes.equals(evidence.bytes)).toBe(true)
  expect(cmw.equals(encodeEvidence(evidence))).toBe(true)
})

it('refuses a Buffer with another signature as it refuses other bytes', async () => {
  const { evidence, options } = await setUp()
  const bytes = Buffer.from(evidence.bytes)
  bytes[0x2a0] = (bytes[0x2a0] ?? 0) ^ 1
  expect(await codeOfAsync(() => verify({ ...evidence, bytes }, options))).toBe('ERR_EVIDENCE_SIGNATURE')
})

it('judges what it was given when it was called, whatever becomes of the buffer meanwhile', async () => {
  const { evidence, options } = await setUp()
  const bytes = Buffer.from(evidence.bytes)
  const verdict = verify({ ...evidence, bytes }, options)
  bytes.fill(0)
  await expect(verdict).resolves.toMatchObject({ kind: 'snp' })
})

it('copies out of Buffers what it reads', async () => {
  const { evidence } = await setUp()
  const report = Buffer.from(evidence.bytes)
  const item = Buffer.of(0x42, 1, 2)
  const octets = Buffer.of(0x04, 2, 1, 2)
  const read = [
    parseSnpReport(report).reportData,
    parseCbor(item, 'item'),
    DerReader.of(octets, 'octets').octetString('octets')
  ]
  for (const buffer of [report, item, octets]) buffer.fill(0)
  expect(read).toEqual([reportData, Uint8Array.of(1, 2), Uint8Array.of(1, 2)])
})

it('remembers no verdict for bytes that became good while it looked at them', async () => {
  const { evidence, options } = await setUp()
  const { policy, unsafeExtraRoots = [] } = options
  const verifier = createVerifier({ policy, unsafeExtraRoots, clock: () => now })
  for (const good of [evidence.bytes, encodeEvidence(evidence)]) {
    const isReport = good === evidence.bytes
    const bad = Uint8Array.from(good)
    const at = isReport ? 0x2a0 : Buffer.from(good).indexOf(evidence.bytes) + 0x2a0
    bad[at] = (bad[at] ?? 0) ^ 1
    const wrap = (bytes: Uint8Array) => (isReport ? { ...evidence, bytes } : bytes)
    const shared = Uint8Array.from(bad)
    const first = codeOfAsync(() => verifier.verify(wrap(shared), { reportData }))
    shared.set(good)
    expect(await first).toBe('ERR_EVIDENCE_SIGNATURE')
    expect(await codeOfAsync(() => verifier.verify(wrap(bad), { reportData }))).toBe('ERR_EVIDENCE_SIGNATURE')
  }
})

it.each([
  ['null', null],
  ['undefined', undefined],
  ['a number', 5],
  ['an empty object', {}],
  ['bytes that are none', { kind: 'snp', bytes: 5, endorsements: [] }],
  ['no endorsements', { kind: 'snp', bytes: new Uint8Array(3) }],
  ['an endorsement that is null', { kind: 'snp', bytes: new Uint8Array(3), endorsements: [null] }]
])('takes %s for a mistake of the caller, also where verdicts are remembered', async (_, evidence) => {
  const { options } = await setUp()
  const verifier = createVerifier({ policy: options.policy, clock: () => now })
  const given = evidence as unknown as Uint8Array // what a caller without types may pass
  expect(await codeOfAsync(() => verifier.verify(given, { reportData }))).toBe('ERR_USAGE_OPTION')
  expect(await codeOfAsync(() => verify(given, { ...options }))).toBe('ERR_USAGE_OPTION')
})
