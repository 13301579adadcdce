// What the peer is told when a connection is refused, and what its word means here. The reason only: nothing about policy or evidence.
import { assertNever, EvidenceError, PolicyError, TresorError, UnavailableError } from '../core/index.js'
import { type Alert, type AlertReason, encodeFrame } from './messages.js'

/** The frame for `error`; nothing where nobody is left to read it. */
export function alertFor(error: unknown): Uint8Array | undefined {
  const reason = reasonOf(error)
  if (reason === undefined) return undefined
  return encodeFrame({ type: 'alert', reason, ...(reason === 'unavailable' ? { retryAfterMs: retryOf(error) } : {}) })
}

/** The error that the peer's alert means. Its cause is not an alert, so it is never answered with one. */
export function errorOfAlert({ reason, retryAfterMs }: Alert): TresorError {
  const details = retryAfterMs === undefined ? {} : { retryAfterMs }
  switch (reason) {
    case 'protocol':
      return new EvidenceError('ERR_TLS_PROTOCOL', said('we broke the protocol'), fromPeer)
    case 'timeout':
      return new UnavailableError('ERR_TLS_TIMEOUT', said('the exchange took too long'), fromPeer)
    case 'refused':
      return new PolicyError('ERR_POLICY_PEER', said('it does not accept our evidence'), fromPeer)
    case 'unavailable':
      return new UnavailableError('ERR_TLS_UNAVAILABLE', said('it cannot make or check evidence now'), {
        details: { ...details, ...fromPeer.details }
      })
    case 'tier':
      return new PolicyError('ERR_POLICY_TIER', said('it does not prove itself in a tier that we accept'), fromPeer)
    case 'unattested':
      return new PolicyError('ERR_POLICY_UNATTESTED', said('it asks for evidence that we do not offer'), fromPeer)
    default:
      return assertNever(reason)
  }
}

const fromPeer = { details: { by: 'peer' } }
const defaultRetryMs = 1000

/** A peer that has gone, or that does not speak this protocol, is told nothing. */
const silent: readonly string[] = ['ERR_TLS_CLOSED', 'ERR_TLS_ALPN', 'ERR_TLS_VERSION']

function reasonOf(error: unknown): AlertReason | undefined {
  if (!TresorError.is(error)) return 'unavailable'
  if (error.details.by === 'peer' || silent.includes(error.code)) return undefined
  switch (error.code) {
    case 'ERR_TLS_PROTOCOL':
    case 'ERR_TLS_RESUMED':
      return 'protocol'
    case 'ERR_TLS_TIMEOUT':
      return 'timeout'
    case 'ERR_POLICY_TIER':
      return 'tier'
    case 'ERR_POLICY_UNATTESTED':
      return 'unattested'
    default:
      return error.name === 'UnavailableError' ? 'unavailable' : 'refused'
  }
}

function retryOf(error: unknown): number {
  const advice = TresorError.is(error) ? error.details.retryAfterMs : undefined
  return typeof advice === 'number' && Number.isSafeInteger(advice) && advice >= 0 ? advice : defaultRetryMs
}

function said(what: string): string {
  return `attested TLS: the peer ended the exchange: ${what}`
}
