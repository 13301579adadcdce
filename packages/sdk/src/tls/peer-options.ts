// What a side demands of its peer's evidence, checked once and turned into a judge.
import { performance } from 'node:perf_hooks'
import { type Clock, expectFunction, expectInteger, expectOneOf, systemClock, UsageError } from '../core/index.js'
import { createCollateral, createVerifier, type Policy, type Verifier, type VerifierOptions } from '../verify/index.js'
import { createJudge, type Judge } from './judge.js'
import { KnownKeys } from './known-keys.js'
import type { Tier } from './proof.js'
import type { Binding } from './verdict.js'

export interface PeerOptions extends Pick<VerifierOptions, 'collateral' | 'unsafeExtraRoots'> {
  /** What is wanted; of several, one must accept, for example during a deployment. */
  readonly policy: Policy | readonly Policy[]
  /** Accepted, in order of preference. Default `['perConnection']`. */
  readonly tiers?: readonly Tier[]
  /**
   * `exporter`: evidence for this very session. `certificate`: evidence in the peer's certificate, over its key alone, on ordinary TLS 1.3, for peers
   * that speak RA-TLS only. Whoever has stolen that key passes for its owner. Default `['exporter']`.
   */
  readonly bindings?: readonly Binding[]
  /** For the tier `boundKey`: how long after the peer was asked for it its evidence counts. Default 10 minutes. */
  readonly maxEvidenceAgeMs?: number
  /** The present. */
  readonly clock?: Clock
  /** Milliseconds of a clock that is never set, for ages. */
  readonly steadyClock?: () => number
}

export const peerKeys = [
  'policy',
  'tiers',
  'bindings',
  'maxEvidenceAgeMs',
  'collateral',
  'unsafeExtraRoots',
  'clock',
  'steadyClock'
] as const

const tierNames = ['perConnection', 'boundKey'] as const
const bindingNames = ['exporter', 'certificate'] as const
const defaultMaxEvidenceAgeMs = 600_000
const maxKnownKeys = 1024
/** Evidence comes again within a batch, and then no more. */
const maxVerdicts = 32

/** @throws UsageError ERR_USAGE_OPTION, ERR_USAGE_POLICY, ERR_USAGE_POLICY_EMPTY */
export function createJudgeFrom(options: PeerOptions, name: string): Judge {
  const { clock = systemClock, steadyClock = readSteadyClock, maxEvidenceAgeMs = defaultMaxEvidenceAgeMs } = options
  const knownKeys = new KnownKeys({
    maxAgeMs: expectInteger(maxEvidenceAgeMs, [0, 30 * 86_400_000], `${name}.maxEvidenceAgeMs`),
    maxKeys: maxKnownKeys,
    wallClock: expectFunction(clock, `${name}.clock`),
    steadyClock: expectFunction(steadyClock, `${name}.steadyClock`)
  })
  return createJudge(createVerifiers(options, name), {
    tiers: expectTiers(options.tiers ?? ['perConnection'], name),
    bindings: expectBindings(options.bindings ?? ['exporter'], name),
    knownKeys
  })
}

/** A list of different tiers, not empty. */
export function expectTiers(value: readonly Tier[], name: string): readonly Tier[] {
  return expectSome(value, tierNames, `${name}.tiers`)
}

function expectBindings(value: readonly Binding[], name: string): readonly Binding[] {
  return expectSome(value, bindingNames, `${name}.bindings`)
}

function expectSome<T extends string>(value: readonly T[], choices: readonly T[], name: string): readonly T[] {
  if (!Array.isArray(value)) throw wrong(name, 'a list')
  const chosen = value.map((each) => expectOneOf(each, choices, name))
  if (chosen.length > 0 && new Set(chosen).size === chosen.length) return chosen
  throw wrong(name, 'at least one, and none twice')
}

type VerifierSettings = Pick<PeerOptions, 'policy' | 'collateral' | 'unsafeExtraRoots' | 'clock'>

export function createVerifiers(options: VerifierSettings, name: string): readonly Verifier[] {
  const { policy, collateral = createCollateral({ offline: true }), unsafeExtraRoots, clock } = options
  const policies: readonly Policy[] = isList(policy) ? policy : [policy]
  if (policies.length === 0) {
    throw new UsageError('ERR_USAGE_POLICY_EMPTY', `${name}.policy: expected at least one policy`)
  }
  return policies.map((each) =>
    createVerifier({
      policy: each,
      collateral,
      cacheSize: maxVerdicts,
      ...(unsafeExtraRoots === undefined ? {} : { unsafeExtraRoots }),
      ...(clock === undefined ? {} : { clock })
    })
  )
}

function isList(policy: Policy | readonly Policy[]): policy is readonly Policy[] {
  return Array.isArray(policy)
}

function readSteadyClock(): number {
  return performance.now()
}

function wrong(name: string, expected: string): UsageError {
  return new UsageError('ERR_USAGE_OPTION', `${name}: expected ${expected}`, { details: { field: name, expected } })
}
