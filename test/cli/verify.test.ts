import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { toHex } from '../../packages/sdk/src/core/index.js'
import { encodeEvidence } from '../../packages/sdk/src/evidence/cmw/encode-evidence.js'
import { parseSnpReport } from '../../packages/sdk/src/evidence/index.js'
import { describeWithVectors, vectorsDir } from '../support/vectors.js'
import { createFixture, type Fixture, nonceHex } from './evidence.js'
import { type RunResult, run, temporaryDirectory } from './run.js'

const directory = temporaryDirectory()
let fixture: Fixture

beforeAll(async () => {
  fixture = await createFixture(directory)
})

const file = (name: string, data: Uint8Array | string): string => {
  writeFileSync(join(directory, name), data)
  return join(directory, name)
}
const verify = (...args: readonly string[]): Promise<RunResult> => run(['verify', ...args])
const question = (): readonly string[] => ['--policy', fixture.policyPath, '--nonce', nonceHex]

/** What differs from run to run is replaced. */
function golden(text: string): string {
  return text
    .replaceAll(directory, 'DIR')
    .replace(/(report data +)\S+/, '$1…')
    .replace(/(valid until +)\S+/, '$1…')
    .replace(/\s+(ERR_\w+)\n/, ' … $1\n')
}

describe('verify accepts', () => {
  it('evidence that the policy wants, and shows what it is and every check', async () => {
    const { code, stdout, stderr } = await verify(fixture.cmwPath, ...question())
    expect(code).toBe(0)
    expect(stderr).toBe('')
    expect(golden(stdout)).toBe(`! DIR/evidence.cmw  snp  accepted
    origin        SIMULATOR: this proves nothing
    product       Milan
    measurement   d72d9952a27e…765d1fd6
    report data   …
    VMPL          0
    reported TCB  bootLoader 4, tee 0, snp 24, microcode 219
    signed by     VCEK
    valid until   …
  ✓ report is well-formed
  ✓ certificate of the signing key is at hand
  ✓ report and certificate name the same product
  ✓ certificate is of the kind of key that signed the report
  ✓ certificate is for the reported TCB  ✓ certificate is for this chip
  ✓ root is a simulator's ARK of Milan and signed the intermediate
  ✓ VCEK is signed by the intermediate
  ✓ issuers are the ones for this product and key
  ✓ every certificate permits its use    ✓ intermediate is not revoked
  ✓ every certificate is valid now       ✓ revocation list is current
  ✓ report is signed by this key         ✓ report data is ours
  ✓ evidence of the simulator is allowed
  ✓ debug is off                         ✓ measurement is accepted
  ✓ VMPL is accepted
  ✓ guest policy migrationAgent is accepted
  ✓ product is accepted                  ✓ reported TCB is new enough
`)
  })

  it('a CMW in JSON, and standard input', async () => {
    const json = file('evidence.json', encodeEvidence(fixture.evidence, { format: 'json' }))
    expect((await verify(json, ...question())).code).toBe(0)
    expect((await run(['verify', '-', ...question()], { stdin: fixture.cmw })).code).toBe(0)
  })

  it('a report as the device made it, with collateral from files and directories', async () => {
    mkdirSync(join(directory, 'certs'), { recursive: true })
    for (const [i, { bytes }] of fixture.evidence.endorsements.entries()) file(`certs/${i}.der`, bytes)
    file('certs/README', 'not collateral')
    const whole = await verify(fixture.reportPath, ...question(), '--collateral', join(directory, 'certs'), '--offline')
    expect(whole.code).toBe(0)
    const single = fixture.evidence.endorsements.flatMap((_, i) => ['--collateral', join(directory, `certs/${i}.der`)])
    expect((await verify(fixture.reportPath, ...question(), ...single, '--offline')).code).toBe(0)
  })

  it('report data in place of a nonce', async () => {
    const reportData = toHex(parseSnpReport(fixture.evidence.bytes).reportData)
    const { code } = await verify(fixture.cmwPath, '--policy', fixture.policyPath, '--report-data', reportData)
    expect(code).toBe(0)
  })
})

describe('verify rejects', () => {
  it('another measurement, and says which was expected, which was found, and what to do', async () => {
    const { code, stdout } = await verify(fixture.cmwPath, '--policy', fixture.wrongPolicyPath, '--nonce', nonceHex)
    expect(code).toBe(1)
    const lines = golden(stdout).split('\n')
    expect(lines.slice(0, 5)).toEqual([
      '✗ DIR/evidence.cmw  snp  measurement is not accepted … ERR_POLICY_MEASUREMENT',
      '    expected one of 4c4c4c4c4c4c…4c4c4c4c (shop-api 1.8.2)',
      '    actual   d72d9952a27e…765d1fd6',
      '  ✓ report is well-formed',
      '  ✓ certificate of the signing key is at hand'
    ])
    expect(stdout).toContain('✗ measurement is accepted')
    expect(golden(stdout).replaceAll(/\n {8}/g, ' ')).toContain(
      'next: if this image is yours, `tresor policy add DIR/wrong.json DIR/evidence.cmw`'
    )
  })

  it.each([
    ['another nonce', () => ['--policy', fixture.policyPath, '--nonce', 'ff'.repeat(32)], 'ERR_POLICY_REPORT_DATA'],
    [
      'the simulator, where the policy does not allow it',
      () => ['--policy', strict(), '--nonce', nonceHex],
      'ERR_POLICY_SIMULATOR'
    ],
    ['a time after all certificates', () => [...question(), '--at', '2099-01-01'], 'ERR_CERTIFICATE_EXPIRED'],
    ['a time before them', () => [...question(), '--at', '2001-01-01T00:00:00+01:00'], 'ERR_CERTIFICATE_NOT_YET_VALID']
  ])('%s', async (_, args, code) => {
    const result = await verify(fixture.cmwPath, ...args())
    expect(result.code).toBe(1)
    expect(result.stdout).toContain(code)
    expect(result.stdout).toContain('next: ')
  })

  it.each([
    ['nothing at all', new Uint8Array(0), 'ERR_EVIDENCE_FORMAT'],
    ['garbage', Uint8Array.from({ length: 3000 }, (_, i) => (i * 7919) >> 3), 'ERR_'],
    ['text', new TextEncoder().encode('hello'), 'ERR_EVIDENCE_FORMAT'],
    ['deeply nested CBOR', new Uint8Array(1 << 20).fill(0x81), 'ERR_'],
    ['deeply nested JSON', new TextEncoder().encode('['.repeat(100_000)), 'ERR_']
  ])('%s', async (name, bytes, code) => {
    const { code: exit, stdout } = await verify(file(`bad ${name}`, bytes), ...question())
    expect(exit).toBe(1)
    expect(stdout).toContain(code)
  })

  it('a report with a flipped byte', async () => {
    const bytes = fixture.evidence.bytes.slice()
    bytes[0x90] = (bytes[0x90] ?? 0) ^ 1
    const path = file('flipped.cmw', encodeEvidence({ ...fixture.evidence, bytes }))
    const { code, stdout } = await verify(path, ...question())
    expect(code).toBe(1)
    expect(stdout).toContain('ERR_EVIDENCE_SIGNATURE')
    expect(stdout).toContain('✗ report is signed by this key')
  })

  const strict = (): string => file('strict.json', JSON.stringify({ anyOf: fixture.policy.anyOf }))
})

describe('verify leaves undecided', () => {
  it('a report without certificates, offline, and says what to do', async () => {
    const { code, stdout } = await verify(fixture.reportPath, ...question(), '--offline')
    expect(code).toBe(3)
    expect(stdout).toContain('ERR_COLLATERAL_OFFLINE')
    expect(stdout).toContain('--collateral')
  })

  it('a report without certificates, while the service is down', async () => {
    const { code, stdout } = await run(['verify', fixture.reportPath, ...question()], {
      fetch: async () => new Response('no', { status: 404 })
    })
    expect(code).toBe(3)
    expect(stdout).toContain('ERR_COLLATERAL_')
  })
})

describe('verify refuses', () => {
  it.each([
    [() => ['--policy', fixture.policyPath], 'exactly one of --nonce and --report-data'],
    [() => [...question(), '--report-data', '00'.repeat(64)], 'exactly one of --nonce and --report-data'],
    [() => ['--nonce', nonceHex], '--policy is required'],
    [() => ['--policy', '/nowhere', '--nonce', nonceHex], '/nowhere: does not exist'],
    [() => ['--policy', fixture.policyPath, '--nonce', '00'], 'hex of 16 to 1024 bytes'],
    [() => ['--policy', file('p1', '{'), '--nonce', nonceHex], 'ERR_USAGE_POLICY'],
    [() => ['--policy', file('p2', '{}'), '--nonce', nonceHex], 'ERR_USAGE_POLICY_EMPTY'],
    [() => ['--policy', file('p3', '{"anyOf":[{"kind":"snp","frob":1}]}'), '--nonce', nonceHex], 'ERR_USAGE_POLICY'],
    [() => ['--policy', file('p4', Uint8Array.of(0xff)), '--nonce', nonceHex], 'is not text in UTF-8'],
    [() => [...question(), '--at', 'yesterday'], '--at: expected a time'],
    [() => [...question(), '--at', '2026-02-31'], '--at: expected a time'],
    [() => [...question(), '--at', '2026-01-01T00:00:00'], '--at: expected a time'],
    [() => [...question(), '--kind', 'frob'], '--kind: expected one of'],
    [() => [...question(), '--collateral', '/nowhere'], '/nowhere: does not exist'],
    [() => [...question(), '--collateral', fixture.policyPath], 'is no certificate'],
    [() => [...question(), '--collateral', emptyDirectory()], 'holds no certificate'],
    [() => [...question(), '--service', 'amd-kds'], '--service expects NAME=URL'],
    [() => [...question(), '--service', 'amd-kds=http://mirror.example'], 'ERR_USAGE_OPTION']
  ])('a wrong question, before it looks at any evidence (%#)', async (args, message) => {
    const { code, stdout, stderr } = await run(['verify', fixture.cmwPath, ...args()], { columns: 120 })
    expect(code).toBe(2)
    expect(stdout).toBe('')
    expect(stderr).toContain(message)
  })

  function emptyDirectory(): string {
    mkdirSync(join(directory, 'empty'), { recursive: true })
    return join(directory, 'empty')
  }
})

describe('several files', () => {
  it('get a verdict each, and the exit code is that of the worst', async () => {
    const files = [fixture.cmwPath, '/nowhere', fixture.reportPath]
    const { code, json } = await verify(...files, ...question(), '--offline', '--json')
    expect(code).toBe(3)
    expect(json.exitCode).toBe(3)
    expect(json.results.map(({ verdict }: { verdict: string }) => verdict)).toEqual([
      'accepted',
      'unreadable',
      'undecided'
    ])
    const withBad = await verify(...files, file('bad', 'x'), ...question(), '--offline')
    expect(withBad.code).toBe(1)
  })
})

describe('verify as JSON', () => {
  it('holds the appraisal with every check', async () => {
    const { json } = await verify(fixture.cmwPath, ...question(), '--json')
    const [result] = json.results
    expect(result).toMatchObject({ file: fixture.cmwPath, verdict: 'accepted', exitCode: 0 })
    expect(result.appraisal.claims.measurement).toBe(fixture.measurement)
    expect(result.appraisal.checks.at(-1)).toMatchObject({ outcome: 'passed' })
    expect(result.error).toBeUndefined()
  })

  it('holds the error with the appraisal so far, and values in full', async () => {
    const { json } = await verify(fixture.cmwPath, '--policy', fixture.wrongPolicyPath, '--nonce', nonceHex, '--json')
    const [result] = json.results
    expect(result).toMatchObject({
      verdict: 'rejected',
      exitCode: 1,
      error: { code: 'ERR_POLICY_MEASUREMENT', class: 'PolicyError', details: { actual: fixture.measurement } }
    })
    expect(result.error.next).toContain('tresor policy add')
    expect(result.appraisal.checks.filter(({ outcome }: { outcome: string }) => outcome === 'failed')).toHaveLength(1)
  })
})

describeWithVectors('verify on a report of a real machine', () => {
  const vector = (name: string): string => join(vectorsDir(), name)
  const collateral = (): readonly string[] => [
    ...['--collateral', vector('snp/milan/tav-milan-v3.vcek.der')],
    ...['--collateral', vector('certs/amd-milan-vcek-chain.pem')],
    ...['--at', '2026-06-01', '--offline']
  ]

  it('accepts it under a policy from itself, and rejects it under a stricter one', async () => {
    const report = vector('snp/milan/tav-milan-v3.bin')
    const policy = await run(['policy', 'from', report, ...collateral()])
    expect(policy.code).toBe(0)
    expect(policy.stderr).toBe('')
    const accepted = await verify(
      report,
      '--policy',
      file('real.json', policy.stdout),
      '--report-data',
      '00'.repeat(64),
      ...collateral()
    )
    expect(accepted.stdout).toContain('✓ ')
    expect(accepted.code).toBe(0)
    const stricter = file('real2.json', policy.stdout.replace('"snp": 24', '"snp": 25'))
    const rejected = await verify(report, '--policy', stricter, '--report-data', '00'.repeat(64), ...collateral())
    expect(rejected.code).toBe(1)
    expect(rejected.stdout).toContain('ERR_POLICY_TCB')
  })
})
