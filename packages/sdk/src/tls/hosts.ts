// Demands by host: what each must prove, and nothing at all for hosts that nobody has named.
import { expectOptions, isPlainObject, PolicyError, UsageError } from '../core/index.js'

/**
 * Keys are as `URL.host` has them, for example `enclave.example:8443`, without a port where it is 443. A function is asked once for each
 * host; where it answers `undefined`, requests are refused.
 */
export type Hosts<Options> = Readonly<Record<string, Options>> | ((host: string) => Options | undefined)

/** Options for all hosts, or for each. */
export type ByHost<Options> = Options | { readonly hosts: Hosts<Options> }

/** What was made of the options, by host. */
export interface PerHost<T> {
  /** @throws PolicyError ERR_POLICY_ORIGIN for a host that nothing is demanded of */
  find(host: string): T
}

/**
 * @param make checks the options for one host
 * @throws UsageError ERR_USAGE_OPTION, and what `make` throws; for hosts from a function later, when they are called
 */
export function makePerHost<Options extends object, T>(
  options: ByHost<Options>,
  name: string,
  make: (options: Options) => T
): PerHost<T> {
  if (!hasHosts(options)) {
    const one = make(options)
    return { find: () => one }
  }
  const { hosts } = expectOptions(options, ['hosts'], name)
  const known = new Map<string, T>()
  if (typeof hosts === 'function')
    return { find: (host) => known.get(host) ?? remember(known, host, make(hosts(host) ?? refuse(host))) }
  if (!isPlainObject(hosts) || Object.keys(hosts).length === 0) throw wrong(name, 'options by host')
  for (const [host, own] of Object.entries(hosts)) known.set(spelled(host, name), make(own))
  return { find: (host) => known.get(host) ?? refuse(host) }
}

/** As URLs have it. */
export function hostOf(name: string, port: number): string {
  const host = name.includes(':') ? `[${name}]` : name.toLowerCase()
  return port === 443 ? host : `${host}:${port}`
}

function hasHosts<Options extends object>(options: ByHost<Options>): options is { readonly hosts: Hosts<Options> } {
  return isPlainObject(options) && 'hosts' in options
}

function remember<T>(known: Map<string, T>, host: string, value: T): T {
  known.set(host, value)
  return value
}

/** A name in capitals or with port 443 would match nothing. */
function spelled(host: string, name: string): string {
  const url = URL.canParse(`https://${host}`) ? new URL(`https://${host}`) : undefined
  if (url !== undefined && url.href === `https://${url.host}/` && url.host === host) return host
  throw wrong(name, `hosts as URLs have them, with a port where it is not 443, found '${host}'`)
}

function refuse(host: string): never {
  throw new PolicyError('ERR_POLICY_ORIGIN', `attested TLS: no policy is given for ${host}`, {
    details: { field: 'host', actual: host }
  })
}

function wrong(name: string, expected: string): UsageError {
  const field = `${name}.hosts`
  return new UsageError('ERR_USAGE_OPTION', `${field}: expected ${expected}`, { details: { field, expected } })
}
