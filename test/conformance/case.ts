// One case of a conformance file, read strictly: a misspelt field would otherwise test nothing.
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'

const outcomes = ['genuine', 'rejected', 'unavailable', 'parse'] as const
export type Outcome = (typeof outcomes)[number]

export interface ConformanceCase {
  readonly id: string
  readonly kind: string
  readonly outcome: Outcome
  readonly bytes: Uint8Array
  /** What the verifier gets beside the evidence, in the order of the file. */
  readonly with: readonly Uint8Array[]
  /** Absent where time plays no part. */
  readonly at?: Date
  readonly tcbStatus?: string
  readonly advisories?: readonly string[]
  readonly claims: Readonly<Record<string, unknown>>
}

/** Something about a case that has to be said: the file lacks it, or the verifier disagrees. */
export interface Finding {
  readonly what: string
  readonly expected: string
  readonly actual: string
}

type Json = Readonly<Record<string, unknown>>

/** @throws Error for a field that is missing or of a wrong type, or a file that cannot be read */
export function readCase(json: unknown, folder: string): ConformanceCase {
  if (typeof json !== 'object' || json === null) throw new Error('expected an object')
  const fields = json as Json // checked field by field below
  const load = (path: string): Uint8Array => new Uint8Array(readFileSync(resolve(folder, path)))
  return {
    id: text(fields, 'id'),
    kind: text(fields, 'kind'),
    outcome: outcome(fields),
    bytes: load(text(fields, 'file')),
    with: texts(fields, 'with').map(load),
    claims: object(fields, 'claims'),
    ...time(fields),
    ...(fields.tcbStatus === undefined || fields.tcbStatus === null ? {} : { tcbStatus: text(fields, 'tcbStatus') }),
    ...(fields.advisories === undefined ? {} : { advisories: texts(fields, 'advisories') })
  }
}

function text(fields: Json, name: string): string {
  const value = fields[name]
  if (typeof value !== 'string' || value === '') throw new Error(`${name}: expected a string`)
  return value
}

function texts(fields: Json, name: string): readonly string[] {
  const value = fields[name] ?? []
  if (!Array.isArray(value) || !value.every((item) => typeof item === 'string'))
    throw new Error(`${name}: expected strings`)
  return value
}

function object(fields: Json, name: string): Json {
  const value = fields[name] ?? {}
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Error(`${name}: expected an object`)
  return value as Json // checked above
}

function outcome(fields: Json): Outcome {
  const value = outcomes.find((candidate) => candidate === fields.outcome)
  if (value === undefined) throw new Error(`outcome: expected one of ${outcomes.join(', ')}`)
  return value
}

function time(fields: Json): Pick<ConformanceCase, 'at'> {
  if (fields.at === undefined || fields.at === null) return {}
  const at = new Date(text(fields, 'at'))
  if (Number.isNaN(at.getTime())) throw new Error('at: expected a time')
  return { at }
}
