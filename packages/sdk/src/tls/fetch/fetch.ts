// fetch that talks to accepted peers only, and says with each response who answered.
import { type RequestInfo, type RequestInit, type Response, fetch as undiciFetch } from 'undici'
import { expectOptions, isPlainObject, PolicyError, TresorError, UsageError } from '../../core/index.js'
import { type AttestedDispatcher, type AttestedDispatcherOptions, attestedDispatcher } from '../undici/index.js'
import type { Verdict } from '../verdict.js'
import { RequestDispatcher } from './request-dispatcher.js'

/** What one host must prove. */
export type HostOptions = AttestedDispatcherOptions

/** One demand for all hosts, or one for each: keys are as `URL.host` has them, for example `enclave.example:8443`; others are refused. */
export type FetchOptions = HostOptions | { readonly hosts: Readonly<Record<string, HostOptions>> }

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
  const { choose, all } = createPools(options)
  const call = (input: RequestInfo, init: FetchInit = {}): Promise<AttestedResponse> => {
    if (Reflect.get(init, 'dispatcher') !== undefined) throw wrong('fetch.dispatcher', 'none: this fetch has its own')
    return send(choose, input, init)
  }
  return Object.assign(call, { close: () => closeAll(all) })
}

async function closeAll(pools: readonly AttestedDispatcher[]): Promise<void> {
  await Promise.all(pools.map((pool) => (pool.destroyed ? undefined : pool.close())))
}

type Choose = (url: URL) => AttestedDispatcher

interface Pools {
  readonly choose: Choose
  readonly all: readonly AttestedDispatcher[]
}

function createPools(options: FetchOptions): Pools {
  if (!isPlainObject(options) || !('hosts' in options)) {
    const pool = attestedDispatcher(options as HostOptions) // checks them
    return { choose: () => pool, all: [pool] }
  }
  const pools = new Map(
    Object.entries(expectHosts(options)).map(([host, own]) => [hostOf(host), attestedDispatcher(own)] as const)
  )
  return { choose: (url) => pools.get(url.host) ?? refuse(url), all: [...pools.values()] }
}

function expectHosts(options: {
  readonly hosts: Readonly<Record<string, HostOptions>>
}): Readonly<Record<string, HostOptions>> {
  const { hosts } = expectOptions(options, ['hosts'], 'createFetch')
  if (isPlainObject(hosts) && Object.keys(hosts).length > 0) return hosts
  throw wrong('createFetch.hosts', 'options by host')
}

/** As URLs spell it; a name in capitals or with port 443 would otherwise match nothing. */
function hostOf(host: string): string {
  const url = URL.canParse(`https://${host}`) ? new URL(`https://${host}`) : undefined
  if (url !== undefined && url.href === `https://${url.host}/`) return url.host
  throw wrong('createFetch.hosts', `hosts, with a port where it is not 443, found '${host}'`)
}

function refuse(url: URL): never {
  throw new PolicyError('ERR_POLICY_ORIGIN', `fetch: no policy is given for ${url.host}`, {
    details: { field: 'host', actual: url.host }
  })
}

async function send(choose: Choose, input: RequestInfo, init: FetchInit): Promise<AttestedResponse> {
  const dispatcher = new RequestDispatcher(choose)
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
