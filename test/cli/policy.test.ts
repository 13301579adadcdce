import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { withImage } from '../../packages/sdk/src/cli/policy/change.js'
import { parsePolicy } from '../../packages/sdk/src/verify/index.js'
import { createFixture, type Fixture, nonceHex } from './evidence.js'
import { run, temporaryDirectory } from './run.js'

const directory = temporaryDirectory()
let fixture: Fixture

beforeEach(async () => {
  fixture = await createFixture(directory)
})

const file = (name: string, data: unknown): string => {
  writeFileSync(join(directory, name), typeof data === 'string' ? data : JSON.stringify(data))
  return join(directory, name)
}
const read = (path: string) => JSON.parse(readFileSync(path, 'utf8'))

describe('policy from', () => {
  it('writes a policy under which the evidence is accepted, and says that it is of the simulator', async () => {
    const { code, stdout, stderr } = await run(['policy', 'from', fixture.cmwPath, '--offline'])
    expect(code).toBe(0)
    expect(stderr).toContain('SIMULATOR')
    expect(parsePolicy(stdout).anyOf).toHaveLength(1)
    const verdict = await run(['verify', fixture.cmwPath, '--policy', file('from.json', stdout), '--nonce', nonceHex])
    expect(verdict.code).toBe(0)
  })

  it('prints the policy alone with --json too', async () => {
    const { stdout, stderr } = await run(['policy', 'from', fixture.cmwPath, '--json'])
    expect(parsePolicy(stdout).allowSimulator).toBe(true)
    expect(stderr).toBe('')
  })

  it.each([
    ['evidence that is not genuine', () => flipped(), 1],
    ['evidence without certificates, offline', () => fixture.reportPath, 3],
    ['a file that is missing', () => '/nowhere', 2]
  ])('writes none for %s', async (_, path, code) => {
    const result = await run(['policy', 'from', path(), '--offline'])
    expect(result.code).toBe(code)
    expect(result.stdout).toBe('')
  })

  function flipped(): string {
    const bytes = fixture.cmw.slice()
    const at = bytes.length >> 4
    bytes[at] = (bytes[at] ?? 0) ^ 1
    writeFileSync(join(directory, 'flipped'), bytes)
    return join(directory, 'flipped')
  }
})

describe('policy add', () => {
  it('accepts the image from now on, with its name, and keeps the rest of the document', async () => {
    const document = { ...read(fixture.wrongPolicyPath), maxCollateralAge: 'P400D' }
    const path = file('add.json', document)
    const { code, stdout } = await run(['policy', 'add', path, fixture.cmwPath, '--name', 'shop-api 2.0'])
    expect(code).toBe(0)
    expect(stdout).toContain('this image is accepted now')
    expect(read(path)).toEqual({
      ...document,
      anyOf: [
        {
          ...document.anyOf[0],
          measurement: [...document.anyOf[0].measurement, { digest: fixture.measurement, name: 'shop-api 2.0' }]
        }
      ]
    })
    expect((await run(['verify', fixture.cmwPath, '--policy', path, '--nonce', nonceHex])).code).toBe(0)
    expect(readdirSync(directory).filter((name) => name.endsWith('.tmp'))).toEqual([])
  })

  it('changes nothing when the image is accepted already', async () => {
    const before = readFileSync(fixture.policyPath, 'utf8')
    const { code, json } = await run(['policy', 'add', fixture.policyPath, fixture.cmwPath, '--json'])
    expect(code).toBe(0)
    expect(json).toEqual({ policy: fixture.policyPath, change: 'none', stillRefused: null })
    expect(readFileSync(fixture.policyPath, 'utf8')).toBe(before)
  })

  it('says what would still be refused', async () => {
    const document = read(fixture.wrongPolicyPath)
    document.anyOf[0].chipId = ['11'.repeat(64)]
    const { code, stdout } = await run(['policy', 'add', file('chip.json', document), fixture.cmwPath])
    expect(code).toBe(0)
    expect(stdout).toContain('! this evidence would still be refused')
    expect(stdout).toContain('ERR_POLICY_PLATFORM_ID')
  })

  it('adds a rule to a policy that has none of this kind', async () => {
    const sgx = { kind: 'sgx', mrEnclave: 'any', mrSigner: ['00'.repeat(32)], isvProdId: 1, minIsvSvn: 1 }
    const path = file('sgx.json', { anyOf: [sgx], allowSimulator: true })
    const { stdout } = await run(['policy', 'add', path, fixture.cmwPath])
    expect(stdout).toContain('a rule for this image was added')
    expect(read(path).anyOf).toMatchObject([{ kind: 'sgx' }, { kind: 'snp' }])
  })

  it('asks which rule where there are several', async () => {
    const [rule] = read(fixture.wrongPolicyPath).anyOf
    const path = file('two.json', { anyOf: [rule, rule], allowSimulator: true })
    const asked = await run(['policy', 'add', path, fixture.cmwPath])
    expect(asked.code).toBe(2)
    expect(asked.stderr).toContain('--rule: expected the number of a rule for snp: 1, 2')
    expect((await run(['policy', 'add', path, fixture.cmwPath, '--rule', '2'])).code).toBe(0)
    expect(read(path).anyOf.map(({ measurement }: { measurement: unknown[] }) => measurement.length)).toEqual([1, 2])
  })

  it.each([
    ['the simulator, where the policy does not allow it', () => [strict(), fixture.cmwPath], 1, 'ERR_POLICY_SIMULATOR'],
    [
      'evidence that lacks certificates',
      () => [fixture.wrongPolicyPath, fixture.reportPath, '--offline'],
      3,
      'ERR_COLLATERAL'
    ],
    ['a rule that is not there', () => [fixture.wrongPolicyPath, fixture.cmwPath, '--rule', '9'], 2, '--rule'],
    ['a rule that is no number', () => [fixture.wrongPolicyPath, fixture.cmwPath, '--rule', '0'], 2, '--rule'],
    ['a policy on standard input', () => ['-', fixture.cmwPath], 2, 'expected a policy in a file'],
    ['a policy that is none', () => [fixture.cmwPath, fixture.cmwPath], 2, 'ERR_USAGE'],
    ['a policy that is missing', () => ['/nowhere', fixture.cmwPath], 2, 'does not exist']
  ])('refuses %s, and changes nothing', async (_, args, code, message) => {
    const before = readFileSync(fixture.wrongPolicyPath, 'utf8')
    const result = await run(['policy', 'add', ...args()], { columns: 120 })
    expect(result.code).toBe(code)
    expect(result.stderr).toContain(message)
    expect(readFileSync(fixture.wrongPolicyPath, 'utf8')).toBe(before)
  })

  const strict = (): string => file('strict.json', { anyOf: read(fixture.wrongPolicyPath).anyOf })
})

describe('a TDX image', () => {
  const tdx = (digest: string) =>
    parsePolicy({ anyOf: [{ kind: 'tdx', mrTd: [digest], rtmr: { 0: [digest], 1: [digest], 2: [digest], 3: 'any' } }] })
  const options = { name: undefined, ruleNumber: undefined }

  it('gets a rule of its own: its registers belong together', () => {
    const document = JSON.parse(JSON.stringify(tdx('11'.repeat(48))))
    const change = withImage(document, tdx('22'.repeat(48)), options)
    expect(change.kind).toBe('rule')
    expect(parsePolicy(change.document).anyOf).toHaveLength(2)
    expect(withImage(change.document, tdx('22'.repeat(48)), options).kind).toBe('none')
  })
})

describe('policy check', () => {
  it('says in words what a policy accepts', async () => {
    const { code, stdout } = await run(['policy', 'check', fixture.wrongPolicyPath])
    expect(code).toBe(0)
    for (const words of [
      'wrong.json is valid; it accepts',
      'with measurement 4c4c4c4c4c4c…4c4c4c4c (shop-api 1.8.2)',
      'of product Milan',
      'without debugging',
      'on any chip',
      '! evidence of the SIMULATOR is allowed'
    ]) {
      expect(stdout).toContain(words)
    }
  })

  it('warns of what leaves a hole', async () => {
    const open = {
      anyOf: [
        {
          kind: 'snp',
          measurement: 'any',
          minTcb: 'any',
          product: 'any',
          vmpl: 3,
          guestPolicy: { debug: 'any', migrationAgent: 'any', minAbi: '1.51' },
          unsafeAcceptDebug: true,
          chipId: 'any',
          hostData: ['00'.repeat(32)],
          minGuestSvn: 2,
          platformInfo: { smt: false },
          currentMitVector: '0x3'
        },
        { kind: 'tdx', mrTd: 'any', rtmr: 'any', unsafeAcceptDebug: true, attributes: { septVeDisable: true } }
      ],
      requireCrl: true,
      maxCollateralAge: 'P7D',
      graceDays: 30
    }
    const { code, stdout } = await run(['policy', 'check', file('open.json', open)], { columns: 120 })
    expect(code).toBe(0)
    for (const words of [
      '! with ANY measurement',
      '! with firmware of any age',
      '! of any product',
      '! DEBUGGING is accepted',
      '! a migration agent may move the guest away',
      'asked for at VMPL 3 or a more privileged one',
      'guest policy: firmware interface at least 1.51',
      'guest SVN at least 2',
      'platform: smt off',
      'currentMitVector with the bits 0x3',
      'or tdx',
      '! mrTd may be anything',
      'attributes septVeDisable true',
      'only where a revocation list is at hand',
      'issued within P7D',
      '30 days behind'
    ]) {
      expect(stdout).toContain(words)
    }
  })

  it('is JSON on request', async () => {
    const { json } = await run(['policy', 'check', fixture.policyPath, '--json'])
    expect(json).toMatchObject({ valid: true, rules: [{ kind: 'snp' }] })
  })

  it.each([
    ['{"anyOf":[]}', 'ERR_USAGE_POLICY_EMPTY'],
    ['{"anyOf":[{"kind":"snp"}]}', 'ERR_USAGE_POLICY'],
    ['{"anyOf":[{"kind":"frob"}]}', 'a kind of evidence that is supported'],
    ['[', 'ERR_USAGE_POLICY'],
    ['{"anyOf":[],"anyOf":[]}', 'ERR_USAGE_POLICY']
  ])('refuses %s', async (text, message) => {
    const { code, stderr } = await run(['policy', 'check', file('bad.json', text)], { columns: 120 })
    expect(code).toBe(2)
    expect(stderr).toContain(message)
    expect(stderr).toContain('bad.json')
  })
})
