// Genuine evidence, damaged: nothing may come out genuine with other claims, and nothing may throw anything but a coded error.
import { TresorError } from '@tresor/sdk'
import type { ConformanceCase, Finding } from './case.js'
import { compareClaims } from './compare-claims.js'
import type { ConformanceKind } from './kind.js'

interface Mutation {
  readonly name: string
  readonly bytes: Uint8Array
}

/** Evidence up to this length has every byte flipped; longer evidence a sample. */
const maxWholeBytes = 2048
const samplePositions = 384

export async function mutationFindings(
  testCase: ConformanceCase,
  kind: ConformanceKind,
  claims: unknown
): Promise<readonly Finding[]> {
  const findings: Finding[] = []
  for (const mutation of mutationsOf(testCase.bytes, kind.boundaries)) {
    findings.push(...(await tryMutation(mutation, testCase, kind, claims)))
  }
  return findings
}

async function tryMutation(
  { name, bytes }: Mutation,
  testCase: ConformanceCase,
  kind: ConformanceKind,
  claims: unknown
): Promise<readonly Finding[]> {
  try {
    const appraisal = await kind.authenticate(testCase, bytes)
    const differences = compareClaims(claims, kind.claimsOf(appraisal), '')
    return differences.map(({ what }) => ({
      what: `${name}: ${what}`,
      expected: 'refused',
      actual: 'genuine with other claims'
    }))
  } catch (error) {
    if (TresorError.is(error)) return []
    return [{ what: name, expected: 'a coded error', actual: String(error) }]
  }
}

function* mutationsOf(bytes: Uint8Array, boundaries: readonly number[]): Generator<Mutation> {
  for (const position of positionsIn(bytes.length)) {
    const damaged = bytes.slice()
    damaged[position] = (damaged[position] ?? 0) ^ (1 << (position % 8))
    yield { name: `byte 0x${position.toString(16)} flipped`, bytes: damaged }
  }
  for (const length of boundaries) {
    if (length < bytes.length) yield { name: `cut to ${length} bytes`, bytes: bytes.slice(0, length) }
  }
  const longer = new Uint8Array(bytes.length + 1)
  longer.set(bytes)
  yield { name: 'a byte appended', bytes: longer }
}

function positionsIn(length: number): readonly number[] {
  if (length <= maxWholeBytes) return Array.from({ length }, (_, position) => position)
  const next = lcg(length)
  return Array.from({ length: samplePositions }, () => next() % length)
}

/** The same numbers on every run (Numerical Recipes' linear congruential generator). */
function lcg(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state >>> 4
  }
}
