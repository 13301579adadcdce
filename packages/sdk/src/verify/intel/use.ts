// What an appraisal says of a piece of collateral that it rests on.
import type { CollateralUse } from '../appraisal.js'
import type { Found } from './material.js'

export interface Validity {
  readonly notBefore: Date
  readonly notAfter: Date
}

/** A validity as an appraisal says it. Written once: it costs more than it looks. */
export interface Dates {
  readonly notBefore: string
  readonly notAfter: string
}

export function datesOf({ notBefore, notAfter }: Validity): Dates {
  return { notBefore: notBefore.toISOString(), notAfter: notAfter.toISOString() }
}

export function useOf(type: string, { source, sha256, stale }: Found<unknown>, dates: Dates): CollateralUse {
  const { notBefore, notAfter } = dates
  const use = { type, source, sha256, notBefore, notAfter }
  const dated = type === yearly ? use : { ...use, issuedAt: notBefore }
  return stale === true ? { ...dated, stale } : dated
}

/** Intel issues the list of its root once a year: a limit on age would refuse it most of the time. Its own validity counts. */
const yearly = 'intel-root-crl'
