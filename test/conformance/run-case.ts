// One case: is the outcome the expected one, and are the claims?
import { EvidenceError, TresorError, UnavailableError } from '@tresor/sdk'
import type { ConformanceCase, Finding } from './case.js'
import { compareClaims } from './compare-claims.js'
import type { ConformanceKind } from './kind.js'
import { mutationFindings } from './mutations.js'

/** Nothing where the verifier does what the case says. */
export async function runCase(testCase: ConformanceCase, kind: ConformanceKind): Promise<readonly Finding[]> {
  switch (testCase.outcome) {
    case 'genuine':
      return runGenuine(testCase, kind)
    case 'rejected':
      return expectFailure(testCase, kind, 'EvidenceError', (error) => error instanceof EvidenceError)
    case 'unavailable': {
      const findings = await expectFailure(
        testCase,
        kind,
        'UnavailableError',
        (error) => error instanceof UnavailableError
      )
      return [...findings, ...decodeFindings(testCase, kind)]
    }
    case 'parse':
      return decodeFindings(testCase, kind)
  }
}

async function runGenuine(testCase: ConformanceCase, kind: ConformanceKind): Promise<readonly Finding[]> {
  try {
    const appraisal = await kind.authenticate(testCase, testCase.bytes)
    const claims = kind.claimsOf(appraisal)
    const findings = [
      ...compareClaims(testCase.claims, claims, ''),
      ...(testCase.tcbStatus === undefined ? [] : compareClaims(testCase.tcbStatus, appraisal.tcb.status, 'tcbStatus')),
      ...(testCase.advisories === undefined
        ? []
        : compareClaims(testCase.advisories, appraisal.tcb.advisories, 'advisories'))
    ]
    return [...findings, ...(await mutationFindings(testCase, kind, claims))]
  } catch (error) {
    return [{ what: 'outcome', expected: 'genuine', actual: describe(error) }]
  }
}

async function expectFailure(
  testCase: ConformanceCase,
  kind: ConformanceKind,
  expected: string,
  isExpected: (error: unknown) => boolean
): Promise<readonly Finding[]> {
  try {
    await kind.authenticate(testCase, testCase.bytes)
    return [{ what: 'outcome', expected, actual: 'genuine' }]
  } catch (error) {
    return isExpected(error) ? [] : [{ what: 'outcome', expected, actual: describe(error) }]
  }
}

function decodeFindings(testCase: ConformanceCase, kind: ConformanceKind): readonly Finding[] {
  try {
    return compareClaims(testCase.claims, kind.decode(testCase), '')
  } catch (error) {
    return [{ what: 'decoding', expected: 'claims', actual: describe(error) }]
  }
}

function describe(error: unknown): string {
  if (TresorError.is(error)) return `${error.name} ${error.code}: ${error.message}`
  return `uncoded ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`
}
