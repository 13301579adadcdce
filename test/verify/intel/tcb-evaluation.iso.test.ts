// Intel's algorithm on small tables: one level, one module, one enclave at a time.
import { describe, expect, it } from 'vitest'
import type { TdReport } from '../../../packages/sdk/src/evidence/quote/index.js'
import {
  findModuleDifference,
  rateSgxPlatform,
  rateTdxPlatform,
  type TcbRating
} from '../../../packages/sdk/src/verify/intel/tcb-evaluation.js'
import type { TcbInfo, TcbLevel, TdxModuleIdentity } from '../../../packages/sdk/src/verify/intel/tcb-info.js'
import {
  findSvnLevel,
  type LevelStatus,
  type Rating,
  type SvnLevel
} from '../../../packages/sdk/src/verify/intel/tcb-level.js'
import { codeOf } from '../../support/coded.js'

const components = [3, 3, 2, 2, 4, 1, 0, 5, 0, 0, 0, 0, 0, 0, 0, 0]
const platform = { sgxComponents: components, pceSvn: 13 }
const date = (text: string): Date => new Date(`${text}T00:00:00Z`)
const upToDate: Rating = { status: 'UpToDate', tcbDate: date('2025-08-13'), advisories: [] }

const level = (status: LevelStatus, changes: Partial<TcbLevel> = {}): TcbLevel => ({
  sgxComponents: components,
  pceSvn: 13,
  status,
  tcbDate: date('2025-05-14'),
  advisories: [],
  ...changes
})

const sgxInfo = (...levels: readonly TcbLevel[]): TcbInfo => ({
  version: 3,
  tee: 'sgx',
  issueDate: date('2026-01-01'),
  nextUpdate: date('2026-01-31'),
  fmspc: '90c06f000000',
  pceId: '0000',
  tcbEvaluationDataNumber: 20,
  tdxModuleIdentities: [],
  levels
})

const module = {
  mrSigner: new Uint8Array(48),
  attributes: new Uint8Array(8),
  attributesMask: new Uint8Array(8).fill(255)
}
const svnLevel = (isvSvn: number, status: LevelStatus, tcbDate = '2025-08-13'): SvnLevel => ({
  isvSvn,
  status,
  tcbDate: date(tcbDate),
  advisories: status === 'UpToDate' ? [] : ['INTEL-SA-00002']
})
const identity = (id: string, ...levels: readonly SvnLevel[]): TdxModuleIdentity => ({ id, ...module, levels })
const module1 = identity('TDX_01', svnLevel(6, 'UpToDate'), svnLevel(4, 'OutOfDate', '2024-03-13'))
const module3 = identity('TDX_03', svnLevel(9, 'UpToDate'))

const tdxComponents = (...first: readonly number[]): number[] => Array.from({ length: 16 }, (_, i) => first[i] ?? 0)

const tdxInfo = (...levels: readonly TcbLevel[]): TcbInfo => ({
  ...sgxInfo(...levels.map((own) => ({ tdxComponents: tdxComponents(5, 0, 3), ...own }))),
  tee: 'tdx',
  tdxModule: module,
  tdxModuleIdentities: [module3, module1]
})

const svn = (...first: readonly number[]): Uint8Array => Uint8Array.from(tdxComponents(...first))

const report = (teeTcbSvn: Uint8Array, teeTcbSvn2?: Uint8Array): TdReport => ({
  teeTcbSvn,
  mrSeam: new Uint8Array(48),
  mrSignerSeam: new Uint8Array(48),
  seamAttributes: new Uint8Array(8),
  tdAttributes: new Uint8Array(8),
  xfam: new Uint8Array(8),
  mrTd: new Uint8Array(48),
  mrConfigId: new Uint8Array(48),
  mrOwner: new Uint8Array(48),
  mrOwnerConfig: new Uint8Array(48),
  rtmr: [new Uint8Array(48), new Uint8Array(48), new Uint8Array(48), new Uint8Array(48)],
  reportData: new Uint8Array(64),
  ...(teeTcbSvn2 === undefined ? {} : { teeTcbSvn2, mrServiceTd: new Uint8Array(48) })
})

const rateSgx = (...levels: readonly TcbLevel[]): TcbRating => rateSgxPlatform(sgxInfo(...levels), platform, upToDate)
const rateTdx = (info: TcbInfo, teeTcbSvn: Uint8Array, teeTcbSvn2?: Uint8Array): TcbRating =>
  rateTdxPlatform(info, platform, report(teeTcbSvn, teeTcbSvn2), upToDate)

const statuses: readonly LevelStatus[] = [
  'UpToDate',
  'SWHardeningNeeded',
  'ConfigurationNeeded',
  'ConfigurationAndSWHardeningNeeded',
  'OutOfDate',
  'OutOfDateConfigurationNeeded',
  'Revoked'
]

describe('the level of a platform', () => {
  it.each(statuses)('gives its status: %s', (status) => {
    expect(rateSgx(level(status)).status).toBe(status)
  })

  it('is the first in the order given that is reached, not the best', () => {
    expect(rateSgx(level('OutOfDate'), level('UpToDate')).status).toBe('OutOfDate')
  })

  it.each<[string, Partial<TcbLevel>]>([
    ...components.map((svn, i): [string, Partial<TcbLevel>] => [
      `component ${i + 1}`,
      { sgxComponents: components.map((own, j) => (j === i ? svn + 1 : own)) }
    ]),
    ['the PCE', { pceSvn: 14 }]
  ])('is passed over where %s is one below it', (_, demand) => {
    expect(rateSgx(level('UpToDate', demand), level('OutOfDate')).status).toBe('OutOfDate')
  })

  it.each<[string, readonly TcbLevel[]]>([
    ['no level is reached', [level('UpToDate', { pceSvn: 14 })]],
    ['there is none', []]
  ])('is not there, which is a failure, where %s', (_, levels) => {
    expect(codeOf(() => rateSgx(...levels))).toBe('ERR_TCB_UNSUPPORTED')
  })

  it('is not reached by a platform whose TCB is zero', () => {
    const zero = { sgxComponents: components.map(() => 0), pceSvn: 0 }
    expect(codeOf(() => rateSgxPlatform(sgxInfo(level('UpToDate')), zero, upToDate))).toBe('ERR_TCB_UNSUPPORTED')
  })

  it('of an SGX platform says nothing about a TD', () => {
    const info: TcbInfo = { ...tdxInfo(), levels: [level('UpToDate')] }
    expect(codeOf(() => rateTdx(info, svn(6, 1, 3)))).toBe('ERR_TCB_UNSUPPORTED')
  })
})

describe('the quoting enclave', () => {
  const expected: readonly (readonly [LevelStatus, LevelStatus, TcbRating['status']])[] = [
    ['UpToDate', 'OutOfDate', 'OutOfDate'],
    ['SWHardeningNeeded', 'OutOfDate', 'OutOfDate'],
    ['ConfigurationNeeded', 'OutOfDate', 'OutOfDateConfigurationNeeded'],
    ['ConfigurationAndSWHardeningNeeded', 'OutOfDate', 'OutOfDateConfigurationNeeded'],
    ['OutOfDate', 'OutOfDate', 'OutOfDate'],
    ['OutOfDateConfigurationNeeded', 'OutOfDate', 'OutOfDateConfigurationNeeded'],
    ['UpToDate', 'Revoked', 'Revoked'],
    ['OutOfDate', 'Revoked', 'Revoked'],
    ['Revoked', 'UpToDate', 'Revoked'],
    ['Revoked', 'OutOfDate', 'Revoked'],
    ['SWHardeningNeeded', 'UpToDate', 'SWHardeningNeeded']
  ]
  it.each(expected)('together with a platform of %s and itself %s gives %s', (own, qe, status) => {
    expect(rateSgxPlatform(sgxInfo(level(own)), platform, { ...upToDate, status: qe }).status).toBe(status)
  })

  it('adds its advisories, each once, and the earlier date counts', () => {
    const qe: Rating = { status: 'OutOfDate', tcbDate: date('2023-01-01'), advisories: ['INTEL-SA-2', 'INTEL-SA-1'] }
    const info = sgxInfo(level('UpToDate', { advisories: ['INTEL-SA-1'] }))
    expect(rateSgxPlatform(info, platform, qe)).toMatchObject({
      advisories: ['INTEL-SA-1', 'INTEL-SA-2'],
      tcbDate: date('2023-01-01')
    })
  })

  it.each([
    [10, 'UpToDate'],
    [9, 'UpToDate'],
    [8, 'OutOfDate'],
    [4, 'OutOfDate']
  ])('of SVN %i is rated by the first level at or below it', (isvSvn, status) => {
    expect(findSvnLevel([svnLevel(9, 'UpToDate'), svnLevel(4, 'OutOfDate')], isvSvn)?.status).toBe(status)
  })

  it('below every level has none', () => {
    expect(findSvnLevel([svnLevel(9, 'UpToDate')], 8)).toBeUndefined()
  })
})

describe('a TDX module', () => {
  const info = tdxInfo(level('UpToDate'))

  it.each([
    ['of major version 1 is rated by TDX_01', svn(6, 1, 3), 'UpToDate'],
    ['of major version 1 and an older minor SVN by an older level of it', svn(5, 1, 3), 'OutOfDate'],
    ['of major version 3 by TDX_03', svn(9, 3, 3), 'UpToDate'],
    ['of major version 0 by the level alone', svn(5, 0, 3), 'UpToDate']
  ])('%s', (_, teeTcbSvn, status) => {
    expect(rateTdx(info, teeTcbSvn).status).toBe(status)
  })

  it.each([
    ['of an unknown major version', svn(6, 2, 3)],
    ['of major version 3 below all its levels', svn(8, 3, 3)],
    ['whose loader is below the level', svn(6, 1, 2)],
    ['of major version 0 below the level', svn(4, 0, 3)]
  ])('%s is not supported', (_, teeTcbSvn) => {
    expect(codeOf(() => rateTdx(info, teeTcbSvn))).toBe('ERR_TCB_UNSUPPORTED')
  })

  it('from major version 1 on is not compared with the first two components of a level', () => {
    expect(
      rateTdx(tdxInfo(level('UpToDate', { tdxComponents: tdxComponents(200, 200, 3) })), svn(6, 1, 3)).status
    ).toBe('UpToDate')
  })

  it('is found whatever the case of its id', () => {
    const renamed = { ...info, tdxModuleIdentities: [{ ...module1, id: 'tdx_01' }] }
    expect(rateTdx(renamed, svn(6, 1, 3)).status).toBe('UpToDate')
  })

  it('has its major version in hex', () => {
    const renamed = { ...info, tdxModuleIdentities: [identity('TDX_1f', svnLevel(1, 'UpToDate'))] }
    expect(rateTdx(renamed, svn(6, 0x1f, 3)).status).toBe('UpToDate')
  })

  it.each<[string, Partial<TdReport>, string | undefined]>([
    ['is the one of the list', {}, undefined],
    ['of another signer is not', { mrSignerSeam: new Uint8Array(48).fill(1) }, 'mrSignerSeam'],
    ['with attributes is not', { seamAttributes: Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0) }, 'seamAttributes']
  ])('%s', (_, fields, difference) => {
    expect(findModuleDifference(info, { ...report(svn(6, 1, 3)), ...fields })).toBe(difference)
  })

  it('of version 0 needs one in the list', () => {
    const { tdxModule: _, ...without } = info
    expect(codeOf(() => findModuleDifference(without, report(svn(5, 0, 3))))).toBe('ERR_TCB_UNSUPPORTED')
  })
})

describe('a TD 1.5 that was launched on an older module than runs now', () => {
  const old = svn(4, 1, 3)
  const current = svn(6, 1, 3)

  it.each<[LevelStatus, TcbRating['status']]>([
    ['UpToDate', 'TdRelaunchAdvised'],
    ['SWHardeningNeeded', 'TdRelaunchAdvised'],
    ['ConfigurationNeeded', 'TdRelaunchAdvisedConfigurationNeeded'],
    ['ConfigurationAndSWHardeningNeeded', 'TdRelaunchAdvisedConfigurationNeeded'],
    ['OutOfDate', 'OutOfDate'],
    ['OutOfDateConfigurationNeeded', 'OutOfDateConfigurationNeeded'],
    ['Revoked', 'Revoked']
  ])('on a platform of %s is %s', (status, expected) => {
    expect(rateTdx(tdxInfo(level(status)), old, current).status).toBe(expected)
  })

  it('keeps the status of its launch where the module of now is no better', () => {
    expect(rateTdx(tdxInfo(level('UpToDate')), old, old).status).toBe('OutOfDate')
    expect(rateTdx(tdxInfo(level('UpToDate')), current, old).status).toBe('UpToDate')
  })
})

describe('since when a platform is out of date', () => {
  const at = (tcbDate: string, pceSvn: number, status: LevelStatus): TcbLevel =>
    level(status, { tcbDate: date(tcbDate), pceSvn })

  it('is when the next better level was dated, not the newest', () => {
    const levels = [
      at('2025-08-13', 16, 'UpToDate'),
      at('2025-05-14', 15, 'OutOfDate'),
      at('2024-11-13', 14, 'OutOfDate'),
      at('2024-03-13', 13, 'OutOfDate')
    ]
    expect(rateSgx(...levels).outOfDateSince).toEqual(date('2024-11-13'))
  })

  it('passes over better levels of the same date', () => {
    const levels = [
      at('2025-08-13', 15, 'UpToDate'),
      at('2024-03-13', 14, 'SWHardeningNeeded'),
      at('2024-03-13', 13, 'OutOfDate')
    ]
    expect(rateSgx(...levels).outOfDateSince).toEqual(date('2025-08-13'))
  })

  it('is the earliest of what is out of date', () => {
    const qe = findSvnLevel([svnLevel(9, 'UpToDate', '2025-01-01'), svnLevel(4, 'OutOfDate', '2020-01-01')], 4)
    const levels = [at('2025-08-13', 14, 'UpToDate'), at('2024-03-13', 13, 'OutOfDate')]
    expect(rateSgxPlatform(sgxInfo(...levels), platform, qe ?? upToDate).outOfDateSince).toEqual(date('2025-01-01'))
  })

  it('is not said of a platform that is up to date', () => {
    expect(rateSgx(level('UpToDate')).outOfDateSince).toBeUndefined()
  })
})
