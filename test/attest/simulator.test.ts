import { createPublicKey, verify, X509Certificate } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type SimulatorOptions, simulator } from '../../packages/sdk/src/attest/simulator/index.js'
import { equalBytes, toHex } from '../../packages/sdk/src/core/index.js'
import {
  type Evidence,
  parseSnpReport,
  simulatorOrganization,
  snpProducts
} from '../../packages/sdk/src/evidence/index.js'
import { providerContract } from '../../packages/sdk/src/testing/index.js'

const reportData = new Uint8Array(64).map((_, i) => 255 - i)

let directory = ''
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tresor-simulator-'))
})
afterAll(() => rm(directory, { recursive: true }))

function collect(options: SimulatorOptions = {}): Promise<Evidence> {
  return simulator({ directory, ...options }).collect({ reportData })
}

function certificate(evidence: Evidence, index: number): X509Certificate {
  const found = evidence.endorsements[index]
  if (found === undefined) throw new Error(`no endorsement ${index}`)
  return new X509Certificate(found.bytes)
}

/** Checked with what Node itself brings, not with our own verifier. */
function isSigned(evidence: Evidence): boolean {
  const { signature } = parseSnpReport(evidence.bytes)
  const key = createPublicKey(certificate(evidence, 0).publicKey.export({ type: 'spki', format: 'pem' }))
  return verify('sha384', evidence.bytes.subarray(0, 0x2a0), { key, dsaEncoding: 'ieee-p1363' }, signature)
}

providerContract('simulator', () => simulator({ directory }), { describe, it: test })

describe.each(snpProducts)('reports of %s', (product) => {
  test.each([2, 3, 5] as const)('of version %d are signed by a key that chains to the root', async (version) => {
    const evidence = await collect({ product, version })
    const report = parseSnpReport(evidence.bytes)
    expect(report).toMatchObject({ version, reportData })
    expect(isSigned(evidence)).toBe(true)
    const [leaf, issuer, root] = [0, 1, 2].map((i) => certificate(evidence, i)) as [
      X509Certificate,
      X509Certificate,
      X509Certificate
    ]
    expect(leaf.verify(issuer.publicKey)).toBe(true)
    expect(issuer.verify(root.publicKey)).toBe(true)
    expect(root.verify(root.publicKey)).toBe(true)
    expect(leaf.verify(root.publicKey)).toBe(false)
  })
})

test('names itself in every certificate', async () => {
  for (const index of [0, 1, 2]) {
    expect(certificate(await collect(), index).subject).toContain(`O=${simulatorOrganization}`)
  }
})

test('signs with a cloud key and without a chip id when told to', async () => {
  const evidence = await collect({ signingKey: 'VLEK' })
  const report = parseSnpReport(evidence.bytes)
  expect(report.keyInfo.signingKey).toBe('VLEK')
  expect(report.chipId).toEqual(new Uint8Array(64))
  expect(isSigned(evidence)).toBe(true)
  expect(certificate(evidence, 1).subject).toContain('CN=SEV-VLEK-Milan')
})

test('uses eight bytes of chip id on Turin', async () => {
  const { chipId } = parseSnpReport((await collect({ product: 'Turin' })).bytes)
  expect(chipId.slice(8)).toEqual(new Uint8Array(56))
})

test('reports what the caller chose', async () => {
  const measurement = new Uint8Array(48).fill(1)
  const hostData = new Uint8Array(32).fill(2)
  const tcb = { bootLoader: 1, tee: 2, snp: 3, microcode: 4 }
  const report = parseSnpReport(
    (await collect({ measurement, hostData, tcb, vmpl: 2, guestSvn: 9, guestPolicy: 0xb_0000n })).bytes
  )
  expect(report).toMatchObject({ measurement, hostData, vmpl: 2, guestSvn: 9, guestPolicy: { debug: true } })
  expect(toHex(report.reportedTcb)).toBe('0102000000000304')
})

test.each([
  ['product', { product: 'Rome' }],
  ['version', { version: 4 }],
  ['vmpl', { vmpl: 4 }],
  ['measurement', { measurement: new Uint8Array(32) }],
  ['guestPolicy', { guestPolicy: 0n }],
  ['guestPolicy', { guestPolicy: 3 }],
  ['tcb.snp', { tcb: { bootLoader: 0, tee: 0, snp: 256, microcode: 0 } }],
  ['fmc', { tcb: { bootLoader: 0, tee: 0, snp: 0, microcode: 0, fmc: 1 } }],
  ['latencyMs', { latencyMs: -1 }],
  ['misspelt', { misspelt: 1 }]
])('refuses a wrong option: %s', (_, options) => {
  expect(() => simulator(options as SimulatorOptions)).toThrow(expect.objectContaining({ code: 'ERR_USAGE_OPTION' }))
})

test('keeps chip, key and root over a restart', async () => {
  const [before, after] = [await collect(), await collect()]
  expect(parseSnpReport(after.bytes).chipId).toEqual(parseSnpReport(before.bytes).chipId)
  for (const index of [0, 1, 2]) {
    const [a, b] = [before, after].map((evidence) => certificate(evidence, index).publicKey.export({ format: 'jwk' }))
    expect(a).toEqual(b)
  }
})

test('has another chip in another directory', async () => {
  const other = join(directory, 'other')
  const [here, there] = [await collect(), await collect({ directory: other })]
  expect(parseSnpReport(there.bytes).chipId).not.toEqual(parseSnpReport(here.bytes).chipId)
})

test('keeps its state to its user, and leaves no drafts', async () => {
  await collect()
  expect((await stat(join(directory, 'snp-milan.json'))).mode & 0o777).toBe(0o600)
  expect((await readdir(directory)).filter((name) => name.endsWith('.tmp'))).toEqual([])
})

describe('with damaged state', () => {
  const path = (): string => join(directory, 'damaged', 'snp-milan.json')
  const open = (): Promise<Evidence> => collect({ directory: join(directory, 'damaged') })
  let good = ''
  beforeAll(async () => {
    await open()
    good = await readFile(path(), 'utf8')
  })

  test.each([
    ['no JSON', (): string => '{'],
    ['truncated', (text: string): string => text.slice(0, -100)],
    ['an array', (): string => '[]'],
    ['a number inside', (): string => '{"format":1}'],
    ['another format', (text: string): string => text.replace('simulator/1', 'simulator/2')],
    ['another product', (text: string): string => text.replace('Milan', 'Genoa')],
    [
      'one bit of the secret',
      (text: string): string => text.replace(/"secret":"(.)/, (_, c) => `"secret":"${c === '0' ? '1' : '0'}`)
    ],
    ['no checksum', (text: string): string => text.replace(/,"checksum":"[^"]*"/, '')],
    ['empty', (): string => ''],
    ['too long', (): string => ' '.repeat(70_000)]
  ])('says so: %s', async (_, damage) => {
    await writeFile(path(), damage(good))
    await expect(open()).rejects.toMatchObject({ code: 'ERR_USAGE_SIMULATOR', details: { path: path() } })
  })

  test('works again when the state is back', async () => {
    await writeFile(path(), good)
    await expect(open()).resolves.toBeDefined()
  })
})

test('says so when its directory is a file', async () => {
  await expect(collect({ directory: fileURLToPath(import.meta.url) })).rejects.toMatchObject({
    code: 'ERR_USAGE_SIMULATOR'
  })
})

test('two that start at once end up as one chip', async () => {
  const fresh = join(directory, 'fresh')
  const all = await Promise.all([collect({ directory: fresh }), collect({ directory: fresh })])
  const [a, b] = all.map(({ bytes }) => parseSnpReport(bytes).chipId) as [Uint8Array, Uint8Array]
  expect(equalBytes(a, b)).toBe(true)
  expect(await readdir(fresh)).toEqual(['snp-milan.json'])
})

test('takes as long as it is told to', async () => {
  const slow = simulator({ directory, latencyMs: 30 })
  await slow.collect({ reportData })
  const start = performance.now()
  await Promise.all([slow.collect({ reportData }), slow.collect({ reportData })])
  expect(performance.now() - start).toBeGreaterThan(55)
})
