// The appraisal behind an error: what was checked before it failed, and what the evidence claimed.
import { TresorError } from '../core/index.js'
import type { Appraisal } from './appraisal.js'
import type { Findings } from './findings.js'

/** Registered, so that it is found on errors of another installed copy. */
const key = Symbol.for('@tresor/sdk.appraisal')

/** The appraisal of an error that `authenticate` or `verify` threw; undefined where evidence was not even looked at. */
export function appraisalOf(error: unknown): Appraisal | undefined {
  if (!TresorError.is(error)) return undefined
  return (error as { [key]?: Appraisal })[key] // only attachAppraisal sets it
}

/** Not enumerable: logs that print an error do not print the appraisal with it. */
export function attachAppraisal(error: unknown, findings: Findings): unknown {
  if (TresorError.is(error)) Object.defineProperty(error, key, { value: findings.appraisal(), configurable: true })
  return error
}
