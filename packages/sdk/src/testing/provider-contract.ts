// What every provider of evidence promises, as a suite that runs against any of them. The test framework is handed in.
import type { EvidenceProvider } from '../attest/index.js'
import { equalBytes, TresorError } from '../core/index.js'
import { type Evidence, parseSnpReport } from '../evidence/index.js'
import { parseQuote } from '../evidence/quote/index.js'

/** The two functions of a test framework that a contract needs. */
export interface TestFramework {
  describe(name: string, body: () => void): void
  it(name: string, body: () => Promise<void>): void
}

/** Registers the suite for the providers that `makeProvider` makes, a new one for each test. */
export function providerContract(
  name: string,
  makeProvider: () => EvidenceProvider | Promise<EvidenceProvider>,
  { describe, it }: TestFramework
): void {
  describe(`the contract of evidence providers: ${name}`, () => {
    for (const [promise, check] of Object.entries(promises)) it(promise, async () => check(await makeProvider()))
  })
}

const promises: Readonly<Record<string, (provider: EvidenceProvider) => Promise<void>>> = {
  'says what it is': async ({ kind, name, simulated }) => {
    assert(typeof kind === 'string' && name.length > 0 && typeof simulated === 'boolean', 'kind, name and simulated')
  },
  'gives evidence of its kind that covers the report data': async (provider) => {
    const evidence = await provider.collect({ reportData: reportData(1) })
    assert(evidence.kind === provider.kind, 'the kind of the evidence is that of the provider')
    assert(covers(evidence, reportData(1)), 'the evidence covers the report data')
  },
  'gives endorsements with media type and bytes': async (provider) => {
    const { endorsements } = await provider.collect({ reportData: reportData(2) })
    assert(
      endorsements.every(({ mediaType, bytes }) => mediaType.includes('/') && bytes.length > 0),
      'endorsements'
    )
  },
  'answers each of many requests at once with its own evidence': async (provider) => {
    const wanted = Array.from({ length: 8 }, (_, i) => reportData(10 + i))
    const all = await Promise.all(wanted.map((data) => provider.collect({ reportData: data })))
    assert(
      all.every((evidence, i) => covers(evidence, wanted[i] ?? reportData(0))),
      'each covers its own report data'
    )
  },
  'is not confused by a caller that reuses its buffer': async (provider) => {
    const buffer = reportData(3)
    const collecting = provider.collect({ reportData: buffer })
    buffer.fill(0)
    assert(covers(await collecting, reportData(3)), 'the evidence covers what the buffer held at the call')
  },
  'refuses report data of another length': async (provider) => {
    for (const length of [0, 63, 65]) {
      await expectCode('ERR_USAGE_OPTION', provider.collect({ reportData: new Uint8Array(length) }))
    }
  },
  'does not begin when the caller has aborted': async (provider) => {
    await expectCode('ERR_ABORTED', provider.collect({ reportData: reportData(4), signal: AbortSignal.abort() }))
  },
  'stops waiting when the caller aborts, and serves the next request': async (provider) => {
    const abort = new AbortController()
    const aborted = provider.collect({ reportData: reportData(5), signal: abort.signal })
    abort.abort()
    await expectCode('ERR_ABORTED', aborted)
    assert(covers(await provider.collect({ reportData: reportData(6) }), reportData(6)), 'the next request is served')
  }
}

function reportData(seed: number): Uint8Array {
  return Uint8Array.from({ length: 64 }, (_, i) => (seed * 31 + i * 7) & 0xff)
}

function covers(evidence: Evidence, expected: Uint8Array): boolean {
  return equalBytes(reportDataOf(evidence), expected)
}

function reportDataOf({ kind, bytes }: Evidence): Uint8Array {
  return kind === 'snp' ? parseSnpReport(bytes).reportData : parseQuote(bytes).body.report.reportData
}

async function expectCode(code: string, attempt: Promise<unknown>): Promise<void> {
  const error: unknown = await attempt.then(
    () => undefined,
    (reason: unknown) => reason
  )
  assert(TresorError.is(error) && error.code === code, `expected ${code}, found ${String(error)}`)
}

function assert(condition: boolean, promise: string): void {
  if (!condition) throw new Error(`contract broken: ${promise}`)
}
