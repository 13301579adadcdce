// fetch that talks to accepted peers only, and says with each response who answered.
import { type RequestInfo, type RequestInit, type Response, fetch as undiciFetch } from 'undici'
import { PolicyError, TresorError, UsageError } from '../../core/index.js'
import type { ByHost } from '../hosts.js'
import { type AttestedDispatcher, type AttestedDispatcherOptions, attestedDispatcher } from '../undici/index.js'
import type { Verdict } from '../verdict.js'
import { RequestDispatcher } from './request-dispatcher.js'

/** What one host must prove. */
export type HostOptions = AttestedDispatcherOptions

/** One demand for all hosts, or `hosts` with one for each; others are refused. */
export type FetchOptions = ByHost<HostOptions>

export type FetchInit = Omit<RequestInit, 'dispatcher'>

export interface AttestedResponse extends Response {
  /** The verdict on the connection that carried this response. */
  readonly attestation: Verdict
}

export interface AttestedFetch {
  /**
   * As `fetch`, of undici: its `Request` and `Response` are undici's. A redirect to another origin fails with PolicyError
   * ERR_POLICY_ORIGIN, whatever policies there are; nothing has been sent there.
   * @throws EvidenceError, PolicyError, UnavailableError when no connection was accepted; TypeError as `fetch` for the rest
   */
  (input: RequestInfo, init?: FetchInit): Promise<AttestedResponse>
  /** Waits for requests under way, then ends all connections. */
  close(): Promise<void>
}

/**
 * A fetch with pools of its own, one for each policy or list of policies.
 * @throws UsageError ERR_USAGE_OPTION, ERR_USAGE_POLICY, ERR_USAGE_POLICY_EMPTY
 * @example
 * const fetch = createFetch({ policy, trust: 'evidence-only' })
 * const { attestation } = await fetch('https://enclave.example/')
 */
export function createFetch(options: FetchOptions): AttestedFetch {
  const pool = attestedDispatcher(options)
  const call = (input: RequestInfo, init: FetchInit = {}): Promise<AttestedResponse> => {
    if (Reflect.get(init, 'dispatcher') !== undefined) throw wrong('fetch.dispatcher', 'none: this fetch has its own')
    return send(pool, input, init)
  }
  return Object.assign(call, { close: async () => (pool.destroyed ? undefined : pool.close()) })
}

async function send(pool: AttestedDispatcher, input: RequestInfo, init: FetchInit): Promise<AttestedResponse> {
  const dispatcher = new RequestDispatcher(pool)
  const response = await undiciFetch(input, { ...init, dispatcher }).catch(throwCause)
  const attestation = dispatcher.verdict ?? (await refuseUnattested(response))
  return Object.defineProperty(response, 'attestation', { value: attestation, enumerable: true }) as AttestedResponse // has it now
}

/** fetch hides every reason behind a TypeError; ours must be seen. */
function throwCause(error: unknown): never {
  throw error instanceof TypeError && TresorError.is(error.cause) ? error.cause : error
}

/** What fetch answers by itself: data and blob URLs. */
async function refuseUnattested(response: Response): Promise<never> {
  await response.body?.cancel()
  throw new PolicyError('ERR_POLICY_ORIGIN', 'fetch: expected an https URL')
}

function wrong(name: string, expected: string): UsageError {
  return new UsageError('ERR_USAGE_OPTION', `${name}: expected ${expected}`, { details: { field: name, expected } })
}
