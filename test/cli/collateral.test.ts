// tresor collateral: a directory for sites without a network, filled here and used there.
import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { answerPcs, fakeAmd, fakeIntel } from '../../packages/sdk/src/testing/index.js'
import { describeWithVectors, vectorsDir } from '../support/vectors.js'
import { type KdsServer, startKds } from '../verify/collateral/kds-server.js'
import { asPccs, type PcsServer, realAnswers, realQuote, startPcs } from '../verify/intel/pcs-server.js'
import { type RunOptions, type RunResult, run, temporaryDirectory } from './run.js'

const directory = temporaryDirectory()
let server: PcsServer
let kds: KdsServer

beforeAll(async () => {
  const intel = await fakeIntel({ now: new Date('2026-01-01T00:00:00Z') })
  server = await startPcs((path) => answerPcs(intel, `https://pcs${path}`))
  kds = await startKds(await fakeAmd({ now: new Date('2026-01-01T00:00:00Z') }))
})
afterAll(async () => {
  await server.stop()
  await kds.stop()
})

const now = new Date('2026-01-01T00:00:00Z')
const services = () =>
  [`intel-pcs=${server.url}`, `intel-root-crl=${server.url}`, `amd-kds=${kds.url}`].flatMap((text) => [
    '--service',
    text
  ])

function collateral(args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  return run(['collateral', ...args, '--json'], { now, fetch: globalThis.fetch, ...options })
}

const keysOf = ({ json }: RunResult): readonly string[] => json.items.map(({ key }: { key: string }) => key)
const codesOf = ({ json }: RunResult): readonly string[] =>
  json.items.map(({ error }: { error?: { code: string } }) => error?.code ?? 'good')

describe('collateral fetch', () => {
  it('fetches what a family of Intel platforms needs', async () => {
    const cache = join(directory, 'intel')
    const fetched = await collateral(['fetch', '--cache', cache, '--fmspc', '90C06F000000', ...services()])
    expect(fetched.code).toBe(0)
    expect(keysOf(fetched)).toEqual([
      'intel-tcb-info-tdx-90c06f000000',
      'intel-qe-identity-tdx',
      'intel-root-crl',
      'intel-pck-issuers-platform',
      'intel-pck-crl-platform',
      'intel-pck-issuers-processor',
      'intel-pck-crl-processor'
    ])
    expect(readdirSync(cache)).toHaveLength(7)
  })

  it('fetches for enclaves where they are named, and from a caching service', async () => {
    const proper = server.answers
    server.answers = asPccs(proper)
    const cache = join(directory, 'pccs')
    const args = ['--fmspc', '90c06f000000', '--tee', 'sgx', '--pccs', server.url]
    const fetched = await collateral(['fetch', '--cache', cache, ...args])
    server.answers = proper
    expect([fetched.code, keysOf(fetched)[0]]).toEqual([0, 'intel-tcb-info-sgx-90c06f000000'])
  })

  it('fetches chains and lists of a product of AMD', async () => {
    const cache = join(directory, 'amd')
    const fetched = await collateral(['fetch', '--cache', cache, '--product', 'Milan', ...services()])
    expect(fetched.code).toBe(0)
    expect(keysOf(fetched)).toEqual([
      'amd-vcek-chain-Milan',
      'amd-vcek-crl-Milan',
      'amd-vlek-chain-Milan',
      'amd-vlek-crl-Milan'
    ])
  })

  it('says what is missing, and fetches the rest', async () => {
    const cache = join(directory, 'partial')
    const fetched = await collateral(['fetch', '--cache', cache, '--fmspc', '00806f050000', ...services()])
    expect([fetched.code, codesOf(fetched)[0]]).toEqual([3, 'ERR_COLLATERAL_RESPONSE'])
    expect(readdirSync(cache)).toHaveLength(6)
  })

  it.each([
    ['nothing named', [], 'fetch expects EVIDENCE, --fmspc or --product'],
    ['--offline', ['--fmspc', '90c06f000000', '--offline'], '--offline contradicts it'],
    ['a short FMSPC', ['--fmspc', '90c0'], '--fmspc: expected hex of 6 bytes'],
    ['an unknown product', ['--product', 'Rome'], '--product: expected one of'],
    ['an unknown TEE', ['--fmspc', '90c06f000000', '--tee', 'sev'], '--tee: expected one of']
  ])('refuses %s', async (_, args, message) => {
    const { code, stdout, stderr } = await run(['collateral', 'fetch', ...args])
    expect(code).toBe(2)
    expect(stdout + stderr).toContain(message)
  })
})

describe('collateral show and verify', () => {
  it('show lists what a fake vendor gave; verify refuses it', async () => {
    const cache = join(directory, 'intel')
    const shown = await collateral(['show', '--cache', cache])
    expect([shown.code, keysOf(shown).length]).toEqual([0, 7])
    const verified = await collateral(['verify', '--cache', cache])
    expect(verified.code).toBe(1)
    expect(new Set(codesOf(verified))).toEqual(new Set(['ERR_CERTIFICATE_ROOT', 'ERR_CRL_ISSUER']))
  })

  it('refuse what AMD did not sign', async () => {
    const verified = await collateral(['verify', '--cache', join(directory, 'amd')])
    expect([verified.code, new Set(codesOf(verified))]).toEqual([
      1,
      new Set(['ERR_CERTIFICATE_SIGNATURE', 'ERR_CRL_ISSUER'])
    ])
  })

  it('verify finds nothing good in an empty directory', async () => {
    const { code, json } = await collateral(['verify', '--cache', join(directory, 'none')])
    expect([code, json.items]).toEqual([3, []])
  })

  it('verify finds damage', async () => {
    const cache = join(directory, 'damaged')
    await collateral(['fetch', '--cache', cache, '--product', 'Milan', ...services()])
    writeFileSync(join(cache, 'amd-vcek-crl-Milan.collateral'), 'damaged')
    writeFileSync(join(cache, 'note.collateral'), 'x')
    const verified = await collateral(['verify', '--cache', cache])
    expect(codesOf(verified)).toContain('ERR_COLLATERAL_STORE')
  })

  it('explain themselves', async () => {
    expect((await run(['help', 'collateral'])).stdout).toContain('tresor collateral fetch [EVIDENCE…]')
    expect((await run(['collateral', 'lose'])).code).toBe(2)
    expect((await run(['collateral'])).code).toBe(2)
  })
})

describeWithVectors('a real quote', () => {
  const quote = join(vectorsDir(), realQuote.file)
  const cache = join(directory, 'site')
  const at = realQuote.at.toISOString()

  it('fills a directory, which verifies, and then verifies itself without a network', async () => {
    const proper = server.answers
    server.answers = realAnswers
    const fetched = await collateral(['fetch', quote, '--cache', cache, ...services()], { now: realQuote.at })
    server.answers = proper
    expect([fetched.code, keysOf(fetched).toSorted()]).toEqual([
      0,
      [
        'intel-pck-crl-platform',
        'intel-pck-issuers-platform',
        'intel-qe-identity-tdx',
        'intel-root-crl',
        'intel-tcb-info-tdx-00806f050000'
      ]
    ])
    const verified = await collateral(['verify', '--cache', cache, '--at', at])
    expect([verified.code, new Set(codesOf(verified))]).toEqual([0, new Set(['good'])])
    const policy = join(directory, 'policy.json')
    writeFileSync(policy, JSON.stringify({ anyOf: [{ kind: 'tdx', mrTd: 'any', rtmr: 'any' }] }))
    const args = [
      quote,
      '--policy',
      policy,
      '--cache',
      cache,
      '--offline',
      '--at',
      at,
      '--report-data',
      '00'.repeat(64)
    ]
    expect((await run(['verify', ...args])).code).toBe(0)
  })

  it('has collateral that ends', async () => {
    const late = await collateral(['verify', '--cache', cache, '--at', '2025-02-01'])
    expect([late.code, codesOf(late).toSorted()]).toEqual([
      1,
      ['ERR_COLLATERAL_EXPIRED', 'ERR_COLLATERAL_EXPIRED', 'ERR_CRL_EXPIRED', 'good', 'good']
    ])
  })

  it('is verified with TCB info and lists from files', async () => {
    const files = [
      'tcbinfo-tdx-00806f050000-2024-12-05-e17-e9ea.json',
      'qeidentity-td_qe-2024-12-05-e17-59fa.json',
      'crl-pck-platform-2024-11-28.der',
      'crl-root-ca-2024-03-20.der'
    ].flatMap((file) => ['--collateral', join(vectorsDir(), 'collateral', file)])
    const policy = join(directory, 'policy.json')
    const args = [quote, '--policy', policy, '--offline', '--at', at, '--report-data', '00'.repeat(64), ...files]
    expect((await run(['verify', ...args, '--cache', join(directory, 'empty')])).code).toBe(0)
  })
})
