import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { EvidenceError, UnavailableError } from '@tresor/sdk'
import type { Appraisal } from '@tresor/sdk/verify'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { describeWithVectors, vectorsDir } from '../support/vectors.js'
import type { ConformanceKind } from './kind.js'
import { kinds } from './kinds/index.js'
import { type CaseResult, runFile } from './run-file.js'

/** Evidence of two bytes: the first says what it is, the second is its only claim. */
const toy: ConformanceKind = {
  name: 'toy',
  boundaries: [0, 1],
  authenticate: async (_, bytes) => {
    if (bytes.length !== 2) throw new EvidenceError('ERR_EVIDENCE_FORMAT', 'toy: expected two bytes')
    if (bytes[0] === 0x70) throw new TypeError('toy: a leak')
    if (bytes[0] === 0x75) throw new UnavailableError('ERR_COLLATERAL_MISSING', 'toy: nothing at hand')
    if (bytes[0] !== 0x67 && bytes[0] !== 0x6c) throw new EvidenceError('ERR_EVIDENCE_SIGNATURE', 'toy: not genuine')
    if (bytes[0] === 0x67 && bytes[1] !== 7) throw new EvidenceError('ERR_EVIDENCE_SIGNATURE', 'toy: not genuine')
    return { claims: { value: bytes[1] }, tcb: { status: 'NotRated', advisories: [] } } as unknown as Appraisal // what the runner reads
  },
  decode: ({ bytes }) => ({ value: bytes[1] }),
  claimsOf: ({ claims }) => claims
}

describe('the conformance runner', () => {
  let folder = ''
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'tresor-conformance-'))
    writeFileSync(join(folder, 'genuine.bin'), Uint8Array.of(0x67, 7))
    writeFileSync(join(folder, 'lenient.bin'), Uint8Array.of(0x6c, 7))
    writeFileSync(join(folder, 'bad.bin'), Uint8Array.of(0x62, 7))
    writeFileSync(join(folder, 'unavailable.bin'), Uint8Array.of(0x75, 7))
    writeFileSync(join(folder, 'leak.bin'), Uint8Array.of(0x70, 7))
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  async function run(...cases: readonly object[]): Promise<readonly CaseResult[]> {
    const file = join(folder, 'cases.json')
    writeFileSync(file, JSON.stringify(cases.map((json) => ({ id: 'a', kind: 'toy', with: [], at: null, ...json }))))
    return collect(runFile(file, [toy]))
  }

  it('passes cases whose outcome and claims are as expected', async () => {
    const results = await run(
      { file: 'genuine.bin', outcome: 'genuine', claims: { value: 7 }, tcbStatus: 'NotRated' },
      { file: 'bad.bin', outcome: 'rejected' },
      { file: 'unavailable.bin', outcome: 'unavailable', claims: { value: 7 } },
      { file: 'bad.bin', outcome: 'parse', claims: { value: 7 } }
    )
    expect(results.flatMap(({ findings }) => findings)).toEqual([])
    expect(results.map(({ result }) => result)).toEqual(['passed', 'passed', 'passed', 'passed'])
  })

  it.each([
    ['a claim that differs', { file: 'genuine.bin', outcome: 'genuine', claims: { value: 8 } }, 'value'],
    ['a claim that is missing', { file: 'genuine.bin', outcome: 'genuine', claims: { other: 8 } }, 'other'],
    ['another TCB status', { file: 'genuine.bin', outcome: 'genuine', tcbStatus: 'UpToDate' }, 'tcbStatus'],
    ['genuine evidence that should be rejected', { file: 'genuine.bin', outcome: 'rejected' }, 'outcome'],
    ['a rejection that should be a lack', { file: 'bad.bin', outcome: 'unavailable' }, 'outcome'],
    ['a lack that should be a rejection', { file: 'unavailable.bin', outcome: 'rejected' }, 'outcome'],
    ['an error without a code', { file: 'leak.bin', outcome: 'rejected' }, 'outcome'],
    ['an outcome that is none', { file: 'bad.bin', outcome: 'maybe' }, 'case'],
    ['a file that is not there', { file: 'none.bin', outcome: 'genuine' }, 'case'],
    ['a time that is none', { file: 'genuine.bin', outcome: 'genuine', at: 'noon' }, 'case']
  ])('fails a case with %s', async (_, json, what) => {
    const [result] = await run(json)
    expect(result).toMatchObject({ result: 'failed', findings: [expect.objectContaining({ what })] })
  })

  it('fails genuine evidence that stays genuine with other claims when it is damaged', async () => {
    const [result] = await run({ file: 'lenient.bin', outcome: 'genuine', claims: { value: 7 } })
    expect(result?.findings.map(({ what }) => what)).toEqual(['byte 0x1 flipped: value'])
  })

  it('skips kinds that are not supported, and names them', async () => {
    expect(await run({ kind: 'other' })).toEqual([{ id: 'a', kind: 'other', result: 'skipped', findings: [] }])
  })
})

describeWithVectors('the conformance runner, on a real report', () => {
  it('knows the kind', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tresor-conformance-'))
    const file = join(folder, 'cases.json')
    const path = (name: string): string => join(vectorsDir(), name)
    const json = {
      id: 'x',
      kind: 'snp-report',
      file: path('snp/other/aci-fake-v1.bin'),
      with: [],
      at: null,
      outcome: 'rejected'
    }
    writeFileSync(file, JSON.stringify([json]))
    const results = await collect(runFile(file, kinds))
    rmSync(folder, { recursive: true })
    expect(results.map(({ result }) => result)).toEqual(['passed'])
  })
})

async function collect(results: AsyncIterable<CaseResult>): Promise<readonly CaseResult[]> {
  const all: CaseResult[] = []
  for await (const result of results) all.push(result)
  return all
}
