// The configuration of a proxy as a file: JSON in which policies, certificates and authorities may be names of files.
import {
  expectBoolean,
  expectOptions,
  expectString,
  isPlainObject,
  TresorError,
  UsageError,
  utf8
} from '../../core/index.js'
import { decodeUtf8, parseJson } from '../../encoding/index.js'
import { type Policy, parsePolicy } from '../../verify/index.js'
import type { EvidenceSource, Trust } from '../options.js'
import type { PeerOptions } from '../peer-options.js'
import type { ClientRouteConfig, CommonRouteConfig, ProxyConfig, RouteConfig, ServerRouteConfig } from './config.js'

/** The name of a file, or the policy itself. */
export type PolicyReference = string | object

export interface ProxyDocument {
  readonly $schema?: string
  /** The interface that gives evidence, as `tresor detect` names it. Default: what is found. */
  readonly provider?: string
  readonly metrics?: ProxyConfig['metrics']
  readonly drainMs?: number
  readonly routes: readonly RouteDocument[]
}

export type RouteDocument = ServerRouteDocument | ClientRouteDocument

export interface ServerRouteDocument
  extends CommonRouteConfig,
    Pick<ServerRouteConfig, 'to' | 'tiers' | 'forwarded' | 'unsafeSendPlain'> {
  readonly clients?: PolicyReference | readonly PolicyReference[] | ClientDemands
  /** Names of files in PEM. */
  readonly certificate?: { readonly cert: string; readonly key: string }
}

export interface ClientRouteDocument
  extends CommonRouteConfig,
    Pick<ClientRouteConfig, 'connect' | 'tiers' | 'maxEvidenceAgeMs' | 'servername' | 'unsafeListenPlain'> {
  readonly policy: PolicyReference | readonly PolicyReference[]
  /** `ca`: names of files in PEM. */
  readonly trust: 'evidence-only' | 'system' | { readonly ca: string | readonly string[] }
  /** Show evidence of this machine to servers that ask for it. Default false. */
  readonly prove?: boolean
}

/** Demands on clients beyond a policy. */
export interface ClientDemands extends Pick<PeerOptions, 'tiers' | 'maxEvidenceAgeMs'> {
  readonly policy: PolicyReference | readonly PolicyReference[]
}

/** What a document leaves to others. */
export interface DocumentTools {
  /** Of a file that the document names. */
  readFile(path: string): Promise<Uint8Array>
  /** Asked once for each document that needs evidence of this machine. */
  provider(name: string | undefined): Promise<EvidenceSource>
  /** Where certificates and lists come from that peers do not ship. Default: nowhere. */
  readonly collateral?: PeerOptions['collateral']
}

export const documentKeys: readonly (keyof ProxyDocument)[] = ['$schema', 'provider', 'metrics', 'drainMs', 'routes']
const commonKeys = ['name', 'listen', 'mode', 'verdictHeader', 'maxConnectionAgeMs', 'limits', 'timeouts'] as const
export const serverDocumentKeys: readonly (keyof ServerRouteDocument)[] = [
  ...commonKeys,
  'to',
  'clients',
  'tiers',
  'certificate',
  'forwarded',
  'unsafeSendPlain'
]
export const clientDocumentKeys: readonly (keyof ClientRouteDocument)[] = [
  ...commonKeys,
  'connect',
  'policy',
  'trust',
  'tiers',
  'maxEvidenceAgeMs',
  'prove',
  'servername',
  'unsafeListenPlain'
]

/**
 * What a JSON text says.
 * @throws UsageError ERR_USAGE_FILE for anything but JSON in UTF-8 with distinct keys
 */
export function parseProxyDocument(text: string): unknown {
  try {
    return parseJson(utf8(text), 'proxy configuration')
  } catch (cause) {
    const message = TresorError.is(cause) ? cause.message : 'proxy configuration: not JSON'
    throw new UsageError('ERR_USAGE_FILE', message, { cause })
  }
}

/**
 * The configuration that a document describes, with everything that it names read. `startProxy` checks the rest.
 * @throws UsageError ERR_USAGE_OPTION, ERR_USAGE_POLICY, ERR_USAGE_POLICY_EMPTY, and what the tools throw
 */
export async function loadProxyConfig(document: unknown, tools: DocumentTools): Promise<ProxyConfig> {
  const { provider, metrics, drainMs, routes } = expectOptions(document as ProxyDocument, documentKeys, 'proxy') // checked by the call
  if (provider !== undefined) expectString(provider, 'proxy.provider')
  if (!Array.isArray(routes)) throw wrong('proxy.routes', 'a list of routes')
  let found: Promise<EvidenceSource> | undefined
  const loader: Loader = {
    ...tools,
    source: () => {
      found ??= tools.provider(provider)
      return found
    }
  }
  const loaded: RouteConfig[] = []
  for (const [i, route] of routes.entries()) loaded.push(await loadRoute(route, `proxy.routes[${i}]`, loader))
  return {
    routes: loaded,
    ...(metrics === undefined ? {} : { metrics }),
    ...(drainMs === undefined ? {} : { drainMs })
  }
}

interface Loader extends DocumentTools {
  source(): Promise<EvidenceSource>
}

async function loadRoute(route: RouteDocument, name: string, loader: Loader): Promise<RouteConfig> {
  const [isServer, isClient] = ['to', 'connect'].map((key) => isPlainObject(route) && key in route)
  if (isServer === isClient) {
    throw wrong(name, 'either `to` (attested TLS comes in) or `connect` (attested TLS goes out)')
  }
  return 'to' in route ? loadServerRoute(route, name, loader) : loadClientRoute(route, name, loader)
}

async function loadServerRoute(route: ServerRouteDocument, name: string, loader: Loader): Promise<ServerRouteConfig> {
  const { clients, certificate, ...rest } = expectOptions(route, serverDocumentKeys, name)
  return {
    ...rest,
    ...(clients === undefined ? {} : { clients: await loadClients(clients, `${name}.clients`, loader) }),
    ...(certificate === undefined ? {} : { certificate: await loadCertificate(certificate, name, loader) }),
    provider: await loader.source()
  }
}

async function loadClientRoute(route: ClientRouteDocument, name: string, loader: Loader): Promise<ClientRouteConfig> {
  const { policy, trust, prove = false, ...rest } = expectOptions(route, clientDocumentKeys, name)
  const { collateral } = loader
  return {
    ...rest,
    policy: await loadPolicies(policy, `${name}.policy`, loader),
    trust: await loadTrust(trust, `${name}.trust`, loader),
    ...(expectBoolean(prove, `${name}.prove`) ? { provider: await loader.source() } : {}),
    ...(collateral === undefined ? {} : { collateral })
  }
}

async function loadClients(
  clients: NonNullable<ServerRouteDocument['clients']>,
  name: string,
  loader: Loader
): Promise<PeerOptions> {
  const demands =
    isPlainObject(clients) && 'policy' in clients ? (clients as unknown as ClientDemands) : { policy: clients } // checked next
  const { policy, ...rest } = expectOptions(demands, ['policy', 'tiers', 'maxEvidenceAgeMs'], name)
  const { collateral } = loader
  return {
    ...rest,
    policy: await loadPolicies(policy, name, loader),
    ...(collateral === undefined ? {} : { collateral })
  }
}

async function loadPolicies(
  policy: PolicyReference | readonly PolicyReference[],
  name: string,
  loader: Loader
): Promise<readonly Policy[]> {
  const references: readonly PolicyReference[] = Array.isArray(policy) ? policy : [policy]
  const policies: Policy[] = []
  for (const reference of references) policies.push(await loadPolicy(reference, name, loader))
  return policies
}

async function loadPolicy(reference: PolicyReference, name: string, { readFile }: Loader): Promise<Policy> {
  if (typeof reference !== 'string') return parsePolicy(reference)
  const text = decodeUtf8(await readFile(reference))
  if (text === undefined) throw wrong(`${name}: ${reference}`, 'a policy in UTF-8')
  try {
    return parsePolicy(text)
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    throw new UsageError(error.code, `${reference}: ${error.message}`, { cause: error, details: error.details })
  }
}

async function loadTrust(trust: ClientRouteDocument['trust'], name: string, { readFile }: Loader): Promise<Trust> {
  if (!isPlainObject(trust)) return trust // checked where it is used
  const { ca } = expectOptions(trust, ['ca'], name)
  const names: readonly string[] = Array.isArray(ca) ? ca : [ca]
  const authorities: Uint8Array[] = []
  for (const path of names) authorities.push(await readFile(expectString(path, `${name}.ca`)))
  return { ca: authorities }
}

async function loadCertificate(
  certificate: NonNullable<ServerRouteDocument['certificate']>,
  name: string,
  { readFile }: Loader
): Promise<NonNullable<ServerRouteConfig['certificate']>> {
  const { cert, key } = expectOptions(certificate, ['cert', 'key'], `${name}.certificate`)
  return {
    cert: await readFile(expectString(cert, `${name}.certificate.cert`)),
    key: await readFile(expectString(key, `${name}.certificate.key`))
  }
}

function wrong(name: string, expected: string): UsageError {
  return new UsageError('ERR_USAGE_OPTION', `${name}: expected ${expected}`, { details: { field: name, expected } })
}
