// Comparing versions of a store, and the error when they differ.
import { equalBytes, expectBytes, SealError, UsageError } from '../../core/index.js'
import type { Anchor } from './freshness.js'

function isSameAnchor(a: Anchor | undefined, b: Anchor | undefined): boolean {
  if (a === undefined || b === undefined) return a === b
  return a.sequence === b.sequence && equalBytes(a.rootHash, b.rootHash)
}

/** @throws UsageError ERR_USAGE_OPTION */
export function expectAnchor(anchor: Anchor): Anchor {
  const { sequence, rootHash } = anchor
  if (typeof sequence !== 'bigint' || sequence < 1n || sequence >= 1n << 64n) {
    throw new UsageError('ERR_USAGE_OPTION', 'anchor: expected a sequence of 64 bits from 1 on')
  }
  return { sequence, rootHash: new Uint8Array(expectBytes(rootHash, 32, 'rootHash')) }
}

/**
 * What is to be remembered; `undefined` when it is already.
 * @throws SealError ERR_SEALED_ROLLBACK when it does not follow what is remembered
 */
export function planAdvance(
  remembered: Anchor | undefined,
  expected: Anchor | undefined,
  next: Anchor
): Anchor | undefined {
  const wanted = expectAnchor(next)
  if (expected !== undefined) expectAnchor(expected)
  if (isSameAnchor(remembered, wanted)) return undefined
  if (!isSameAnchor(remembered, expected)) throw divergence(remembered, expected)
  if (wanted.sequence > (expected?.sequence ?? 0n)) return wanted
  throw new UsageError('ERR_USAGE_OPTION', 'anchor: the next version has a higher number')
}

function divergence(remembered: Anchor | undefined, expected: Anchor | undefined): SealError {
  const [actual, wanted] = [remembered, expected].map((anchor) => `version ${anchor?.sequence ?? 'none'}`)
  return new SealError(
    'ERR_SEALED_ROLLBACK',
    `anchor: expected ${wanted}, but ${actual} is remembered, or another of that number`,
    {
      details: { expected: String(wanted), actual: String(actual) }
    }
  )
}
