// Where the other verifiers differ from us, why, and what Intel says. A difference that is not here is a failure of somebody's.
// QVL is Intel's quote verification library, github.com/intel/confidential-computing.tee.dcap.qvl at d12717e, below
// Src/AttestationLibrary/src.
import type { Compared } from './compare.js'
import { dcapQvlDifferences } from './dcap-qvl-differences.js'
import { goTdxGuestDifferences } from './go-tdx-guest-differences.js'

export interface Difference {
  readonly id: string
  /** What the other verifier does, and what we do. */
  readonly reason: string
  /** The lines of Intel's that decide. */
  readonly decides: string
  /** True for exactly the pairs of answers that the reason explains. */
  readonly explains: (compared: Compared) => boolean
}

export const differences: Readonly<Record<Compared['peer'], readonly Difference[]>> = {
  'dcap-qvl': dcapQvlDifferences,
  'go-tdx-guest': goTdxGuestDifferences
}
