// A conformance file: every case of a supported kind, the rest counted and named.
import { readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { type Finding, readCase } from './case.js'
import type { ConformanceKind } from './kind.js'
import { runCase } from './run-case.js'

export interface Tally {
  passed: number
  failed: number
  skipped: number
}

export interface CaseResult {
  readonly id: string
  readonly kind: string
  readonly result: keyof Tally
  readonly findings: readonly Finding[]
}

/** @throws Error when the file cannot be read or is no list of cases */
export async function* runFile(path: string, kinds: readonly ConformanceKind[]): AsyncGenerator<CaseResult> {
  const cases: unknown = JSON.parse(readFileSync(path, 'utf8'))
  if (!Array.isArray(cases)) throw new Error('expected a list of cases')
  for (const [i, json] of cases.entries()) yield await runOne(json, i, dirname(path), kinds)
}

async function runOne(
  json: unknown,
  index: number,
  folder: string,
  kinds: readonly ConformanceKind[]
): Promise<CaseResult> {
  const { id, kind: name } = label(json, index)
  const kind = kinds.find((candidate) => candidate.name === name)
  if (kind === undefined) return { id, kind: name, result: 'skipped', findings: [] }
  const findings = await findingsOf(json, folder, kind)
  return { id, kind: name, result: findings.length === 0 ? 'passed' : 'failed', findings }
}

async function findingsOf(json: unknown, folder: string, kind: ConformanceKind): Promise<readonly Finding[]> {
  try {
    return await runCase(readCase(json, folder), kind)
  } catch (error) {
    return [{ what: 'case', expected: 'to be run', actual: error instanceof Error ? error.message : String(error) }]
  }
}

function label(json: unknown, index: number): { readonly id: string; readonly kind: string } {
  const { id, kind } = (typeof json === 'object' && json !== null ? json : {}) as { id?: unknown; kind?: unknown } // read as text below
  return {
    id: typeof id === 'string' ? id : `case ${index}`,
    kind: typeof kind === 'string' ? kind : '(no kind)'
  }
}
