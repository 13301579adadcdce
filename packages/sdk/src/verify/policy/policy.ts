// The policy: which genuine evidence is wanted. Data, JSON throughout; made by `parsePolicy`.
import type { SgxRule } from '../sgx/rule.js'
import type { SnpRule } from '../snp/rule.js'
import type { TdxRule } from '../tdx/rule.js'
import { parseDurationMs } from './duration.js'

/** One acceptable kind of evidence, with every field of its identity. */
export type PolicyRule = SnpRule | TdxRule | SgxRule

export interface Policy {
  /** Evidence is accepted when one of the rules of its kind accepts it. */
  readonly anyOf: readonly [PolicyRule, ...PolicyRule[]]
  /** How old dated collateral (revocation lists) may be, as an ISO 8601 duration such as `P7D`. Absent: its own validity counts. */
  readonly maxCollateralAge?: string
  /**
   * For how long after its end collateral (TCB info, QE identity, lists) is still used while its service is down, as an ISO 8601
   * duration such as `P1D`. Absent: not at all.
   */
  readonly maxStale?: string
  /** Accepts evidence of the simulator, which proves nothing. For tests. */
  readonly allowSimulator?: boolean
  /** For how many days after a platform fell behind its vendor's newest TCB it is still accepted, for vendors that rate platforms. */
  readonly graceDays?: number
  /** A revocation list must be at hand, or be fetched. Absent or false: it counts where it was given. */
  readonly requireCrl?: boolean
}

/** What a policy says about finding collateral. */
export function termsOf({ requireCrl, maxStale }: Policy): {
  readonly requireCrl: boolean
  readonly maxStaleMs: number
} {
  const maxStaleMs = maxStale === undefined ? 0 : (parseDurationMs(maxStale) ?? 0)
  return { requireCrl: requireCrl === true, maxStaleMs }
}

/** Marks policies that were checked, so that they are not checked again on every use. */
const checked = Symbol('checked policy')

/** Freezes a policy that was checked, all of it. */
export function sealPolicy(policy: Policy): Policy {
  Object.defineProperty(policy, checked, { value: true })
  return deepFreeze(policy)
}

/** True for what came from `parsePolicy`: nothing else knows the mark. */
export function isSealedPolicy(value: unknown): value is Policy {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, checked)
}

function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value
  Object.values(value).forEach(deepFreeze)
  return Object.freeze(value)
}
