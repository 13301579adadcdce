// Where services are: at their vendor's, at a mirror, or at a caching service that names things in its own way.
import { expectFunction, isPlainObject, UsageError } from '../../core/index.js'
import type { CollateralItem } from './collateral.js'

/** A service in place of the vendor's. */
export interface ServiceAddress {
  /** Base URL: https, or http on a loopback host; no credentials, query or fragment. */
  readonly url: string
  /** Path and query there, of what has these at the vendor's. Default: the same. */
  path?(vendorPath: string): string
}

/** By name of the service, for example `intel-pcs`: a base URL, or an address whose paths differ. */
export type Services = Readonly<Record<string, string | ServiceAddress>>

/** @throws UsageError ERR_USAGE_OPTION */
export function expectServices(services: Services): Readonly<Record<string, ServiceAddress>> {
  if (!isPlainObject(services)) throw wrong('services', 'an object')
  const addresses = Object.entries(services).map(([name, value]) => [name, expectAddress(value, `services.${name}`)])
  return Object.fromEntries(addresses)
}

function expectAddress(value: unknown, name: string): ServiceAddress {
  if (!isPlainObject(value)) return { url: expectBaseUrl(value, name) }
  const { url, path, ...others } = value
  const [unknown] = Object.keys(others)
  if (unknown !== undefined) throw wrong(`${name}.${unknown}`, 'no such key')
  const address = { url: expectBaseUrl(url, `${name}.url`) }
  if (path === undefined) return address
  return { ...address, path: expectFunction(path as (vendorPath: string) => string, `${name}.path`) } // checked by the call
}

/** Without a trailing slash: paths begin with one. */
function expectBaseUrl(value: unknown, name: string): string {
  const url = typeof value === 'string' && URL.canParse(value) ? new URL(value) : undefined
  if (url === undefined || url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    throw wrong(name, 'a URL without credentials, query and fragment')
  }
  const isLoopback = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url.hostname)
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback)) {
    throw wrong(name, 'an https URL, or http on a loopback host')
  }
  return url.href.replace(/\/+$/, '')
}

/** Where to ask for an item. */
export function urlOf(item: CollateralItem<unknown>, services: Readonly<Record<string, ServiceAddress>>): string {
  const address = services[item.service]
  if (address === undefined) return `${item.baseUrl}${item.path}`
  return `${address.url}${address.path === undefined ? item.path : address.path(item.path)}`
}

function wrong(name: string, expected: string): UsageError {
  return new UsageError('ERR_USAGE_OPTION', `${name}: expected ${expected}`, { details: { field: name, expected } })
}
