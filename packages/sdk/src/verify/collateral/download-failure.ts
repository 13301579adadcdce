// How a request for collateral fails, in sentences that name the service and the item.
import { UnavailableError } from '../../core/index.js'
import { maxPauseMs } from './backoff.js'
import type { CollateralItem } from './collateral.js'

/** For a service that asks to wait and does not say how long. */
const defaultRetryAfterMs = 10_000

/**
 * Takes 200 and nothing else. Redirects are refused, also within the origin: no service of collateral needs them.
 * @throws UnavailableError ERR_COLLATERAL_RATE_LIMIT, ERR_COLLATERAL_NETWORK, ERR_COLLATERAL_RESPONSE
 */
export function rejectStatus(item: CollateralItem<unknown>, response: Response, now: Date): void {
  const { status, type, headers } = response
  const retryAfter = headers.get('retry-after')
  if (status === 429 || (status === 503 && retryAfter !== null)) throw rateLimit(item, status, retryAfter, now)
  if (status >= 500) throw failure('ERR_COLLATERAL_NETWORK', item, `the service answers HTTP ${status}`, { status })
  if (type === 'opaqueredirect' || (status >= 300 && status < 400)) {
    throw responseFailure(item, `the answer is a redirect${targetOf(headers.get('location'))}, which is not followed`)
  }
  if (status === 404) throw responseFailure(item, 'the service does not have it (HTTP 404)')
  if (status !== 200) throw responseFailure(item, `expected HTTP 200, found ${status}`)
}

/** The service cannot be used now. Worth another attempt. */
export function networkFailure(item: CollateralItem<unknown>, message: string, cause?: unknown): UnavailableError {
  const reason = reasonOf(cause)
  return failure('ERR_COLLATERAL_NETWORK', item, reason === undefined ? message : `${message} (${reason})`, { cause })
}

/** The service answered with something else. Asking again at once will not help. */
export function responseFailure(item: CollateralItem<unknown>, message: string, cause?: unknown): UnavailableError {
  return failure('ERR_COLLATERAL_RESPONSE', item, message, { cause })
}

function rateLimit(
  item: CollateralItem<unknown>,
  status: number,
  retryAfter: string | null,
  now: Date
): UnavailableError {
  const retryAfterMs = Math.min(parseRetryAfter(retryAfter, now) ?? defaultRetryAfterMs, maxPauseMs)
  return new UnavailableError(
    'ERR_COLLATERAL_RATE_LIMIT',
    sentence(item, `the service asks to wait (HTTP ${status})`),
    {
      details: { field: item.type, retryAfterMs }
    }
  )
}

/** Seconds or a date (RFC 9110 §10.2.3). */
function parseRetryAfter(value: string | null, now: Date): number | undefined {
  if (value === null) return undefined
  if (/^\d{1,9}$/.test(value)) return Number(value) * 1000
  const at = /^[A-Z]/.test(value) ? Date.parse(value) : Number.NaN // else engines read years into numbers
  return Number.isNaN(at) ? undefined : Math.max(0, at - now.getTime())
}

function targetOf(location: string | null): string {
  if (location === null || !URL.canParse(location)) return ''
  return ` to ${new URL(location).origin}`
}

/** Fetch hides what happened one or two causes deep. */
function reasonOf(cause: unknown): string | undefined {
  for (let error = cause; error instanceof Error; error = error.cause) {
    const { code } = error as { readonly code?: unknown } // Node's errors of the system carry one
    if (typeof code === 'string') return code
  }
  return undefined
}

function failure(
  code: 'ERR_COLLATERAL_NETWORK' | 'ERR_COLLATERAL_RESPONSE',
  item: CollateralItem<unknown>,
  message: string,
  { status, cause }: { readonly status?: number; readonly cause?: unknown }
): UnavailableError {
  const details = { field: item.type, path: item.path, ...(status === undefined ? {} : { status }) }
  return new UnavailableError(code, sentence(item, message), cause === undefined ? { details } : { details, cause })
}

function sentence({ type, service }: CollateralItem<unknown>, message: string): string {
  return `${type} from ${service}: ${message}`
}
