// The policy: which genuine evidence is wanted. Data, JSON throughout; made by `parsePolicy`.
import type { SgxRule } from '../sgx/index.js'
import type { SnpRule } from '../snp/rule.js'
import type { TdxRule } from '../tdx/index.js'

/** One acceptable kind of evidence, with every field of its identity. */
export type PolicyRule = SnpRule | TdxRule | SgxRule

export interface Policy {
  /** Evidence is accepted when one of the rules of its kind accepts it. */
  readonly anyOf: readonly [PolicyRule, ...PolicyRule[]]
  /** How old dated collateral (revocation lists) may be, as an ISO 8601 duration such as `P7D`. Absent: its own validity counts. */
  readonly maxCollateralAge?: string
  /** Accepts evidence of the simulator, which proves nothing. For tests. */
  readonly allowSimulator?: boolean
  /** For how many days after a platform fell behind its vendor's newest TCB it is still accepted, for vendors that rate platforms. */
  readonly graceDays?: number
  /** A revocation list must be at hand, or be fetched. Absent or false: it counts where it was given. */
  readonly requireCrl?: boolean
}

/** Holds the text by which verdicts under a policy are remembered, and so marks policies that were checked. */
const canonical = Symbol('canonical text of a checked policy')

/** Freezes a policy that was checked, all of it. */
export function sealPolicy(policy: Policy): Policy {
  Object.defineProperty(policy, canonical, { value: JSON.stringify(policy) })
  return deepFreeze(policy)
}

/** The text of a policy that came from `parsePolicy`; undefined for any other value. */
export function canonicalTextOf(policy: object): string | undefined {
  return (policy as { [canonical]?: string })[canonical] // only sealPolicy knows the symbol
}

function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value
  Object.values(value).forEach(deepFreeze)
  return Object.freeze(value)
}
