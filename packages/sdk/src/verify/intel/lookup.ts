// Finds collateral: among what came with the evidence or from the caller first, then in cache or network. Of several candidates the
// one that is valid now is taken; where none is, the reason names it.
import { EvidenceError, UnavailableError } from '../../core/index.js'
import type { CollateralItem } from '../collateral/collateral.js'
import { sha256Hex } from '../memory.js'
import type { VerificationContext } from '../verifier.js'
import type { Found } from './material.js'

interface Validity {
  readonly notBefore: Date
  readonly notAfter: Date
}

export interface Wanted<Value, Item> {
  /** For messages: `TCB info of tdx platform 90c06f000000`. */
  readonly what: string
  readonly candidates: readonly Found<Value>[]
  /** Collateral of the same type that is of something else, in words: says why a candidate was passed over. */
  readonly foreign?: string | undefined
  readonly item: CollateralItem<Item>
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
  const current = candidates.find(({ value }) => isWithin(validityOf(value), context.now))
  if (current !== undefined) return current
  if (context.collateral !== undefined) return fetchOrFallBack(wanted, context)
  return candidates[0] ?? missing(wanted)
}

/** An outdated candidate says more than a network that cannot be reached. */
async function fetchOrFallBack<Value, Item>(
  wanted: Wanted<Value, Item>,
  context: VerificationContext
): Promise<Found<Value>> {
  try {
    return await fetchItem(wanted, context)
  } catch (error) {
    const [outdated] = wanted.candidates
    if (outdated !== undefined && error instanceof UnavailableError && error.code !== 'ERR_ABORTED') return outdated
    throw error
  }
}

async function fetchItem<Value, Item>(
  wanted: Wanted<Value, Item>,
  context: VerificationContext
): Promise<Found<Value>> {
  const { now, signal, collateral } = context
  if (collateral === undefined) return missing(wanted)
  const found = await collateral.get(wanted.item, signal === undefined ? { now } : { now, signal })
  return {
    value: wanted.select(found.value),
    sha256: await sha256Hex(found.bytes),
    source: found.source,
    ...(found.stale ? { stale: true } : {})
  }
}

function missing<Value, Item>(wanted: Wanted<Value, Item>): never {
  const { baseUrl, path, type } = wanted.item
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
