// Options are checked once, here, before any work. What comes out is complete.
import {
  type Clock,
  copyBytes,
  expectBoolean,
  expectBytes,
  expectDate,
  expectOptions,
  expectString,
  UnavailableError,
  UsageError
} from '../core/index.js'
import { cmwFormatOf, decodeCborEvidence, type Evidence } from '../evidence/index.js'
import type { Collateral } from './collateral/collateral.js'
import { loadExtras } from './load-extras.js'
import { noMemory } from './memory.js'
import { familyOf } from './registry.js'
import type { ExtraRoot, VerificationContext } from './verifier.js'

export interface CommonOptions {
  /**
   * Where certificates and lists come from beside the evidence itself, and what remembers them. Absent: nothing but what the evidence
   * ships and the pinned roots; there is never a hidden request to a network.
   */
  readonly collateral?: Collateral
  /** Root keys to trust beside the pinned vendors' ones. Whoever holds such a key can make any evidence. */
  readonly unsafeExtraRoots?: readonly ExtraRoot[]
}

export interface CallOptions {
  /** The time at which to judge. Default: the present. */
  readonly now?: Date
  /** Ends requests to a collateral service. */
  readonly signal?: AbortSignal
}

export const commonKeys = ['collateral', 'unsafeExtraRoots'] as const
export const callKeys = ['now', 'signal'] as const

/** @throws UsageError ERR_USAGE_OPTION */
export function contextOf(
  options: CommonOptions & CallOptions,
  clock: Clock,
  terms: Pick<VerificationContext, 'requireCrl' | 'maxStaleMs'>
): VerificationContext {
  const { collateral, unsafeExtraRoots = [], now, signal } = options
  if (collateral !== undefined) requireCollateral(collateral)
  if (!Array.isArray(unsafeExtraRoots)) throw wrong('unsafeExtraRoots', 'a list')
  return {
    now: now === undefined ? clock() : expectDate(now, 'now'),
    collateral,
    memory: collateral ?? noMemory,
    extraRoots: unsafeExtraRoots.map(expectRoot),
    requireCrl: terms.requireCrl,
    maxStaleMs: terms.maxStaleMs,
    signal
  }
}

/**
 * A CMW, or evidence that is already taken apart.
 * @throws UsageError ERR_USAGE_OPTION
 * @throws EvidenceError and UnavailableError as `decodeEvidence`
 */
export function evidenceOf(evidence: Uint8Array | Evidence): Evidence | Promise<Evidence> {
  return evidence instanceof Uint8Array ? decodeCmw(evidence) : expectEvidence(evidence)
}

/** What reads JSON is loaded with the first evidence in that form. */
function decodeCmw(bytes: Uint8Array): Evidence | Promise<Evidence> {
  if (cmwFormatOf(bytes) !== 'json') return decodeCborEvidence(bytes)
  return loadExtras().then(({ decodeEvidence }) => decodeEvidence(bytes))
}

function expectEvidence(evidence: Evidence): Evidence {
  const { kind, bytes, endorsements } = expectOptions(evidence, ['kind', 'bytes', 'endorsements'], 'evidence')
  if (familyOf(expectString(kind, 'evidence.kind')) === undefined) {
    throw new UnavailableError('ERR_KIND_UNSUPPORTED', 'evidence: this kind is not supported', {
      details: { actual: kind }
    })
  }
  expectBytes(bytes, [0, maxEvidenceBytes], 'evidence.bytes')
  if (!Array.isArray(endorsements)) throw wrong('evidence.endorsements', 'a list')
  for (const endorsement of endorsements) {
    expectOptions(endorsement, ['mediaType', 'bytes'], 'evidence.endorsements')
    expectString(endorsement.mediaType, 'evidence.endorsements.mediaType')
    expectBytes(endorsement.bytes, [0, maxEvidenceBytes], 'evidence.endorsements.bytes')
  }
  return { kind, bytes: copyBytes(bytes), endorsements } // a copy: what is read first and verified later must not change between
}

const maxEvidenceBytes = 1 << 20

function expectRoot(root: ExtraRoot): ExtraRoot {
  expectOptions(root, ['product', 'spki'], 'unsafeExtraRoots')
  expectString(root.product, 'unsafeExtraRoots.product')
  expectBytes(root.spki, [32, 4096], 'unsafeExtraRoots.spki')
  return root
}

function requireCollateral(collateral: Collateral): void {
  const isCollateral =
    typeof collateral === 'object' &&
    collateral !== null &&
    typeof collateral.get === 'function' &&
    typeof collateral.memo === 'function' &&
    Array.isArray(collateral.given)
  if (!isCollateral) throw wrong('collateral', 'what createCollateral() returns')
}

/** `false` where it is absent. */
export function flagOf(value: unknown, name: string): boolean {
  return value === undefined ? false : expectBoolean(value, name)
}

function wrong(name: string, expected: string): UsageError {
  return new UsageError('ERR_USAGE_OPTION', `${name}: expected ${expected}`, { details: { field: name, expected } })
}
