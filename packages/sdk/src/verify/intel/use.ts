// What an appraisal says of a piece of collateral that it rests on.
import type { CollateralUse } from '../appraisal.js'
import type { Found } from './material.js'

export interface Validity {
  readonly notBefore: Date
  readonly notAfter: Date
}

export function useOf(
  type: string,
  { source, sha256, stale }: Found<unknown>,
  { notBefore, notAfter }: Validity
): CollateralUse {
  const from = notBefore.toISOString()
  return {
    type,
    source,
    sha256,
    notBefore: from,
    notAfter: notAfter.toISOString(),
    ...(type === yearly ? {} : { issuedAt: from }),
    ...(stale === true ? { stale } : {})
  }
}

/** Intel issues the list of its root once a year: a limit on age would refuse it most of the time. Its own validity counts. */
const yearly = 'intel-root-crl'
