// Finds collateral: among what came with the evidence or from the caller first, then in cache or network. Of several candidates the
// one that is valid now is taken; where none is, the reason names it.
import { EvidenceError, UnavailableError } from '../../core/index.js'
import type { CollateralItem } from '../collateral/collateral.js'
import type { VerificationContext } from '../verifier.js'
import type { Digested } from './items.js'
import type { Found } from './material.js'
import type { Validity } from './use.js'

export interface Wanted<Value, Item> {
  /** For messages: `TCB info of tdx platform 90c06f000000`. */
  readonly what: string
  readonly candidates: readonly Found<Value>[]
  /** Collateral of the same type that is of something else, in words: says why a candidate was passed over. */
  readonly foreign?: string | undefined
  /** Made only where nothing at hand will do. */
  readonly item: () => CollateralItem<Digested<Item>>
  select(item: Item): Value
  validityOf(value: Value): Validity
}

/**
 * The collateral to use. It may be out of date: the caller checks, so that the check is seen.
 * @throws UnavailableError ERR_COLLATERAL_MISSING, and those of the collateral source
 */
export async function findCollateral<Value, Item>(
  wanted: Wanted<Value, Item>,
  context: VerificationContext
): Promise<Found<Value>> {
  const { candidates, validityOf } = wanted
  for (const found of candidates) if (isWithin(validityOf(found.value), context.now)) return found
  if (context.collateral !== undefined) return fetchOrFallBack(wanted, context)
  return outdated(wanted, context) ?? missing(wanted)
}

/** An outdated candidate says more than a network that cannot be reached. */
async function fetchOrFallBack<Value, Item>(
  wanted: Wanted<Value, Item>,
  context: VerificationContext
): Promise<Found<Value>> {
  try {
    return await fetchItem(wanted, context)
  } catch (error) {
    const candidate = outdated(wanted, context)
    if (candidate !== undefined && error instanceof UnavailableError && error.code !== 'ERR_ABORTED') return candidate
    throw error
  }
}

/** The candidate that lasts longest, marked where the policy still admits it. */
function outdated<Value, Item>(wanted: Wanted<Value, Item>, context: VerificationContext): Found<Value> | undefined {
  const endOf = (found: Found<Value>): number => wanted.validityOf(found.value).notAfter.getTime()
  const [first, ...rest] = wanted.candidates
  if (first === undefined) return undefined
  const best = rest.reduce((a, b) => (endOf(b) > endOf(a) ? b : a), first)
  const age = context.now.getTime() - endOf(best)
  return age > 0 && age <= context.maxStaleMs ? { ...best, stale: true } : best
}

async function fetchItem<Value, Item>(
  wanted: Wanted<Value, Item>,
  context: VerificationContext
): Promise<Found<Value>> {
  const { now, signal, maxStaleMs, collateral } = context
  if (collateral === undefined) return missing(wanted)
  const lookup = signal === undefined ? { now, maxStaleMs } : { now, maxStaleMs, signal }
  const { value, source, stale } = await collateral.get(wanted.item(), lookup)
  const found = { value: wanted.select(value.value), sha256: value.sha256, source }
  return stale ? { ...found, stale } : found
}

function missing<Value, Item>(wanted: Wanted<Value, Item>): never {
  const { baseUrl, path, type } = wanted.item()
  if (wanted.foreign !== undefined) {
    throw new EvidenceError('ERR_COLLATERAL_MISMATCH', `${wanted.what} is not at hand, only ${wanted.foreign}`, {
      details: { field: type, actual: wanted.foreign }
    })
  }
  throw new UnavailableError('ERR_COLLATERAL_MISSING', `${wanted.what} is not at hand`, {
    details: { field: type, remedy: `Ship it with the evidence, or fetch ${baseUrl}${path}` }
  })
}

export function isWithin({ notBefore, notAfter }: Validity, now: Date): boolean {
  return now >= notBefore && now <= notAfter
}
