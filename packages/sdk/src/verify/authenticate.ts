// Is it genuine? One question of two; the other is in verify.ts.
import { EvidenceError, expectOptions, expectString, systemClock, UnavailableError, UsageError } from '../core/index.js'
import type { Evidence } from '../evidence/index.js'
import type { Appraisal } from './appraisal.js'
import { attachAppraisal } from './appraisal-of.js'
import { Findings } from './findings.js'
import { sha256Hex } from './memory.js'
import { type CallOptions, type CommonOptions, callKeys, commonKeys, contextOf, evidenceOf, flagOf } from './options.js'
import { parseDurationMs } from './policy/duration.js'
import { type AnyVerifier, familyOf } from './registry.js'
import type { Authenticated, VerificationContext } from './verifier.js'

export interface AuthenticateOptions extends CommonOptions, CallOptions {
  /** Accepts evidence of the simulator, which proves nothing. For tests. */
  readonly allowSimulator?: boolean
  /** A revocation list must be at hand, or be fetched. Default: it counts where it was given. */
  readonly requireCrl?: boolean
  /**
   * For how long after its end collateral (TCB info, QE identity, lists) is still used while no newer is to be had, as an ISO 8601 duration
   * such as `P1D`. Default: not at all.
   */
  readonly maxStale?: string
}

/**
 * Says whether evidence is genuine, and what it claims. It does not say that the evidence is fresh, or of the program that you want:
 * anybody can show you genuine evidence of a machine of theirs, or somebody else's of last year. Never let it guard anything; `verify`
 * does.
 *
 * @param evidence a CMW, or evidence that is already taken apart
 * @throws EvidenceError when it is malformed or not genuine; `appraisalOf(error)` has the checks
 * @throws UnavailableError when that cannot be decided with what is at hand
 * @throws UsageError ERR_USAGE_OPTION
 * @example
 * const { claims, checks } = await authenticate(evidence)
 */
export async function authenticate(
  evidence: Uint8Array | Evidence,
  options: AuthenticateOptions = {}
): Promise<Appraisal> {
  expectOptions(options, [...commonKeys, ...callKeys, 'allowSimulator', 'requireCrl', 'maxStale'], 'authenticate')
  const allowSimulator = flagOf(options.allowSimulator, 'allowSimulator')
  const context = contextOf(options, systemClock, {
    requireCrl: flagOf(options.requireCrl, 'requireCrl'),
    maxStaleMs: options.maxStale === undefined ? 0 : expectDurationMs(options.maxStale, 'maxStale')
  })
  return judge(await evidenceOf(evidence), context, async ({ findings }) => {
    if (findings.simulated && !allowSimulator) throw refuseSimulated(findings)
  })
}

function expectDurationMs(value: string, name: string): number {
  const ms = parseDurationMs(expectString(value, name))
  if (ms !== undefined) return ms
  const details = { field: name, expected: 'an ISO 8601 duration' }
  throw new UsageError('ERR_USAGE_OPTION', `${name}: expected an ISO 8601 duration such as P1D`, { details })
}

/** Evidence that was found genuine, for the question that comes next. */
export interface Judged {
  readonly verifier: AnyVerifier
  readonly authenticated: Authenticated<unknown>
  readonly findings: Findings
}

/** Authenticates, then asks `next`; whatever fails carries the appraisal. */
export async function judge(
  evidence: Evidence,
  context: VerificationContext,
  next: (judged: Judged) => Promise<void>
): Promise<Appraisal> {
  const family = familyOf(evidence.kind)
  if (family === undefined) throw new UnavailableError('ERR_KIND_UNSUPPORTED', 'evidence: this kind is not supported')
  const findings = new Findings(evidence.kind, await sha256Hex(evidence.bytes), context.now)
  const verifier = await family.loadVerifier()
  try {
    const authenticated = await verifier.authenticate(evidence, findings, context)
    await next({ verifier, authenticated, findings })
  } catch (error) {
    throw attachAppraisal(error, findings)
  }
  return findings.appraisal()
}

function refuseSimulated({ checklist }: Findings): Error {
  const text = { id: 'simulator', title: 'evidence is of a real device', spec: 'tresor simulator' }
  const message = 'evidence comes from the simulator, which proves nothing'
  return checklist.fail(text, EvidenceError, 'ERR_EVIDENCE_SIMULATED', message)
}
