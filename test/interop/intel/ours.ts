// Our own verdict on a subject, and nothing but coded errors beside it.
import { EvidenceError, TresorError } from '@tresor/sdk'
import { authenticate, type Collateral, createCollateral } from '@tresor/sdk/verify'
import { parseCertificate } from '../../../packages/sdk/src/x509/index.js'
import { givenOf, type Platform, type Subject } from './subject.js'

export interface OurAnswer {
  /** `undecided`: something is missing, and it is not called genuine. */
  readonly verdict: 'genuine' | 'rejected' | 'undecided'
  readonly status?: string
  readonly advisories?: readonly string[]
  readonly code?: string
  readonly error?: string
}

const collaterals = new WeakMap<Platform, Collateral>()

export async function askOurs({ kind, quote, now, platform }: Subject): Promise<OurAnswer> {
  const options = { now, collateral: collateralOf(platform), unsafeExtraRoots: rootsOf(platform) }
  try {
    const { tcb } = await authenticate({ kind, bytes: quote, endorsements: [] }, options)
    return { verdict: 'genuine', status: tcb.status, advisories: tcb.advisories }
  } catch (error) {
    if (!TresorError.is(error)) throw error
    const verdict = error instanceof EvidenceError ? 'rejected' : 'undecided'
    return { verdict, code: error.code, error: error.message }
  }
}

function collateralOf(platform: Platform): Collateral {
  const known = collaterals.get(platform) ?? createCollateral({ given: givenOf(platform), offline: true })
  collaterals.set(platform, known)
  return known
}

function rootsOf({ root, isIntel }: Platform): { product: string; spki: Uint8Array }[] {
  return isIntel ? [] : [{ product: 'Intel', spki: parseCertificate(root).spki }]
}
