import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type TdxSimulatorOptions, tdxSimulator } from '../../packages/sdk/src/attest/index.js'
import { simulatedStatuses } from '../../packages/sdk/src/attest/simulator/intel/index.js'
import { utf8 } from '../../packages/sdk/src/core/index.js'
import { parseEventLog } from '../../packages/sdk/src/evidence/event-log/index.js'
import { type Evidence, mediaTypes } from '../../packages/sdk/src/evidence/index.js'
import { parseQuote, type TdReport } from '../../packages/sdk/src/evidence/quote/index.js'
import { providerContract } from '../../packages/sdk/src/testing/index.js'
import { type Appraisal, authenticate, parsePolicy, policyFrom, verify } from '../../packages/sdk/src/verify/index.js'

const reportData = new Uint8Array(64).map((_, i) => 255 - i)

let directory = ''
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tresor-tdx-simulator-'))
})
afterAll(() => rm(directory, { recursive: true }))

function collect(options: TdxSimulatorOptions = {}): Promise<Evidence> {
  return tdxSimulator({ directory, ...options }).collect({ reportData })
}

function judge(evidence: Evidence): Promise<Appraisal> {
  return authenticate(evidence, { allowSimulator: true })
}

function reportOf({ bytes }: Evidence): TdReport {
  const { body } = parseQuote(bytes)
  if (body.tee === 'tdx') return body.report
  throw new Error('not a quote of a TD')
}

providerContract('tdx-simulator', () => tdxSimulator({ directory }), { describe, it: test })

describe.each([4, 5] as const)('version %d', (version) => {
  test('is recognised as a simulator', async () => {
    expect(await judge(await collect({ version }))).toMatchObject({
      kind: 'tdx',
      simulated: true,
      tcb: { status: 'UpToDate' }
    })
  })

  test('is refused by default', async () => {
    await expect(authenticate(await collect({ version }))).rejects.toMatchObject({ code: 'ERR_EVIDENCE_SIMULATED' })
  })

  test('passes the policy made from it, and none without that word', async () => {
    const evidence = await collect({ version })
    const policy = policyFrom(await judge(evidence))
    await expect(verify(evidence, { policy, reportData })).resolves.toMatchObject({ simulated: true })
    const anything = parsePolicy({ anyOf: [{ kind: 'tdx', mrTd: 'any', rtmr: 'any' }] })
    await expect(verify(evidence, { policy: anything, reportData })).rejects.toMatchObject({
      code: 'ERR_POLICY_SIMULATOR'
    })
  })
})

test.each(simulatedStatuses.filter((status) => status !== 'Unsupported'))(
  'is rated %s when told to',
  async (status) => {
    await expect(judge(await collect({ version: 5, tcbStatus: status }))).resolves.toMatchObject({ tcb: { status } })
  }
)

test('is of no supported level when told to', async () => {
  await expect(judge(await collect({ tcbStatus: 'Unsupported' }))).rejects.toMatchObject({
    code: 'ERR_TCB_UNSUPPORTED'
  })
})

test('reports what the caller chose', async () => {
  const fields = {
    mrTd: new Uint8Array(48).fill(1),
    mrConfigId: new Uint8Array(48).fill(2),
    mrOwner: new Uint8Array(48).fill(3),
    mrOwnerConfig: new Uint8Array(48).fill(4),
    mrSeam: new Uint8Array(48).fill(5),
    mrServiceTd: new Uint8Array(48).fill(6),
    tdAttributes: new Uint8Array(8).fill(1),
    xfam: new Uint8Array(8).fill(2)
  }
  expect(reportOf(await collect({ version: 5, ...fields }))).toMatchObject(fields)
})

test('ships the event log that its registers come from', async () => {
  const events = [{ rtmr: 1, type: 13, data: utf8('kernel') }] as const
  const { endorsements } = await collect({ events })
  const log = endorsements.find(({ mediaType }) => mediaType === mediaTypes.eventLog)
  expect(parseEventLog(log?.bytes ?? new Uint8Array(0))).toMatchObject([{ mrIndex: 2, type: 13, data: utf8('kernel') }])
})

describe('its registers', () => {
  test('change as real ones do, and the next quote has them', async () => {
    const provider = tdxSimulator({ directory })
    const before = await provider.readRtmrs()
    await provider.extendRtmr(3, new Uint8Array(48).fill(1))
    const after = await provider.readRtmrs()
    expect(after.slice(0, 3)).toEqual(before.slice(0, 3))
    expect(after[3]).not.toEqual(before[3])
    expect(reportOf(await provider.collect({ reportData })).rtmr).toEqual(after)
  })

  test('of the firmware cannot be extended', async () => {
    const extending = tdxSimulator({ directory }).extendRtmr(0 as 2, new Uint8Array(48))
    await expect(extending).rejects.toMatchObject({ code: 'ERR_USAGE_OPTION' })
  })
})

test.each([
  ['version', { version: 3 }],
  ['tcbStatus', { tcbStatus: 'Fine' }],
  ['tcbStatus', { tcbStatus: 'TdRelaunchAdvised' }],
  ['mrTd', { mrTd: new Uint8Array(47) }],
  ['xfam', { xfam: 7 }],
  ['events', { events: 'boot' }],
  ['events', { events: [{ rtmr: 4, type: 0, data: new Uint8Array(0) }] }],
  ['latencyMs', { latencyMs: -1 }],
  ['directory', { directory: 1 }],
  ['misspelt', { misspelt: 1 }]
])('refuses a wrong option: %s', (_, options) => {
  expect(() => tdxSimulator(options as TdxSimulatorOptions)).toThrow(
    expect.objectContaining({ code: 'ERR_USAGE_OPTION' })
  )
})

describe('over a restart', () => {
  test('platform and root stay', async () => {
    const [before, after] = await Promise.all([collect().then(judge), collect().then(judge)])
    expect(after.claims.platform).toEqual(before.claims.platform)
    expect(parseQuote((await collect()).bytes).attestationKey).toEqual(
      parseQuote((await collect()).bytes).attestationKey
    )
  })

  test('another directory is another platform', async () => {
    const [here, there] = [
      await judge(await collect()),
      await judge(await collect({ directory: join(directory, 'b') }))
    ]
    expect(there.claims.platform).not.toEqual(here.claims.platform)
  })

  test('its state is for its user, and leaves no drafts', async () => {
    await collect()
    expect((await stat(join(directory, 'tdx.json'))).mode & 0o777).toBe(0o600)
    expect((await readdir(directory)).filter((name) => name.endsWith('.tmp'))).toEqual([])
  })

  test('two that start at once end up as one platform', async () => {
    const fresh = join(directory, 'fresh')
    const [a, b] = await Promise.all([collect({ directory: fresh }), collect({ directory: fresh })])
    expect(parseQuote(a.bytes).attestationKey).toEqual(parseQuote(b.bytes).attestationKey)
  })
})

describe('with damaged state', () => {
  const path = (): string => join(directory, 'damaged', 'tdx.json')
  const open = (): Promise<Evidence> => collect({ directory: join(directory, 'damaged') })
  let good = ''
  beforeAll(async () => {
    await open()
    good = await readFile(path(), 'utf8')
  })

  test.each([
    ['no JSON', (): string => '{'],
    ['truncated', (text: string): string => text.slice(0, -20)],
    ['an array', (): string => '[]'],
    ['another format', (text: string): string => text.replace('tdx/1', 'tdx/2')],
    ['one digit of a secret', (text: string): string => text.replace(/"vendor":"./, '"vendor":"g')],
    ['no checksum', (text: string): string => text.replace(/,"checksum":"[^"]*"/, '')],
    ['empty', (): string => ''],
    ['too long', (): string => ' '.repeat(5000)]
  ])('says so: %s', async (_, damage) => {
    await writeFile(path(), damage(good))
    await expect(open()).rejects.toMatchObject({ code: 'ERR_USAGE_SIMULATOR', details: { path: path() } })
  })

  test('says so when its directory is a file', async () => {
    await expect(collect({ directory: fileURLToPath(import.meta.url) })).rejects.toMatchObject({
      code: 'ERR_USAGE_SIMULATOR'
    })
  })
})

test('takes as long as it is told to', async () => {
  const slow = tdxSimulator({ directory, latencyMs: 30 })
  await slow.collect({ reportData })
  const start = performance.now()
  await Promise.all([slow.collect({ reportData }), slow.collect({ reportData })])
  expect(performance.now() - start).toBeGreaterThan(55)
})
