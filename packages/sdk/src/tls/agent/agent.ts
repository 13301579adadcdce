// An https.Agent whose connections lead to accepted peers only: for node:https, axios, and everything else that takes an agent.
import type { AgentOptions as HttpAgentOptions } from 'node:http'
import { Agent, type RequestOptions } from 'node:https'
import { performance } from 'node:perf_hooks'
import type { Duplex } from 'node:stream'
import type { TLSSocket } from 'node:tls'
import { expectOptions, UsageError } from '../../core/index.js'
import { type AttestedClient, type ConnectTarget, createClient } from '../client.js'
import { type ByHost, type Hosts, hostOf, makePerHost, type PerHost } from '../hosts.js'
import { type ClientOptions, clientKeys, clientOptionsOf, expectAge } from '../options.js'

const poolKeys = [
  'keepAlive',
  'keepAliveMsecs',
  'maxSockets',
  'maxTotalSockets',
  'maxFreeSockets',
  'scheduling',
  'timeout'
] as const

export interface AttestedAgentOptions extends ClientOptions, Pick<HttpAgentOptions, (typeof poolKeys)[number]> {
  /** No request begins on a connection that was attested longer ago. Default one hour. */
  readonly maxConnectionAgeMs?: number
}

/** What one host must prove. */
export type AgentHostOptions = Omit<AttestedAgentOptions, (typeof poolKeys)[number]>

/** The same for all hosts, or `hosts` for each, and how connections are kept. */
export type AgentOptions =
  | AttestedAgentOptions
  | ({ readonly hosts: Hosts<AgentHostOptions> } & Pick<HttpAgentOptions, (typeof poolKeys)[number]>)

export type AttestedAgent = Agent

/**
 * An agent with a pool of its own, and no connection that was made under another policy. With `hosts`, hosts that are not named are refused
 * with PolicyError ERR_POLICY_ORIGIN. Libraries that follow redirects by themselves, as axios does, take the same agent elsewhere: give them
 * `hosts`.
 * @throws UsageError ERR_USAGE_OPTION, ERR_USAGE_POLICY, ERR_USAGE_POLICY_EMPTY
 * @example
 * https.get('https://enclave.example/', { agent: attestedAgent({ policy, trust: 'evidence-only' }) })
 */
export function attestedAgent(options: AgentOptions): AttestedAgent {
  const entries = Object.entries(options)
  const poolOptions = Object.fromEntries(entries.filter(([key]) => isPoolKey(key)))
  const demands = Object.fromEntries(entries.filter(([key]) => !isPoolKey(key))) as ByHost<AgentHostOptions> // checked below
  return new PooledAgent(makePerHost(demands, 'attestedAgent', demandOf), poolOptions)
}

interface Demand {
  readonly client: AttestedClient
  readonly maxAgeMs: number
}

function demandOf(options: AgentHostOptions): Demand {
  expectOptions(options, [...clientKeys, 'maxConnectionAgeMs'], 'attestedAgent')
  const maxAgeMs = expectAge(options.maxConnectionAgeMs, 'attestedAgent') ?? defaultMaxConnectionAgeMs
  return { client: createClient(clientOptionsOf(options)), maxAgeMs }
}

const defaultMaxConnectionAgeMs = 3_600_000

/** What a request could say about TLS. Here the agent has said it all: a request must not believe otherwise. */
const tlsKeys = [
  'ca',
  'cert',
  'key',
  'pfx',
  'checkServerIdentity',
  'secureContext',
  'session',
  'ALPNProtocols'
] as const

type Callback = NonNullable<Parameters<Agent['createConnection']>[1]>
type Failure = (error: Error) => void

class PooledAgent extends Agent {
  readonly #demands: PerHost<Demand>
  /** When a connection will be too old. */
  readonly #ends = new WeakMap<object, number>()

  constructor(demands: PerHost<Demand>, options: HttpAgentOptions) {
    super({ keepAlive: true, ...options, maxCachedSessions: 0 })
    this.#demands = demands
    // Before the agent gives it to the next request: it takes no socket that has ended.
    this.prependListener('free', (socket: Duplex) => {
      if (this.#isOld(socket)) socket.destroy()
    })
  }

  override createConnection(options: RequestOptions, callback?: Callback): null {
    this.#connect(options).then(
      (socket) => callback?.(null, socket),
      (error: Error) => (callback as Failure | undefined)?.(error) // there is no socket then, whatever the types say
    )
    return null
  }

  async #connect(options: RequestOptions): Promise<TLSSocket> {
    const given: object = options
    const extra = tlsKeys.find((key) => Reflect.get(given, key) !== undefined)
    if (extra !== undefined) {
      throw new UsageError('ERR_USAGE_OPTION', `request: ${extra} is decided by the attested agent`, {
        details: { field: extra }
      })
    }
    const target = targetOf(options)
    const { client, maxAgeMs } = this.#demands.find(hostOfTarget(target))
    const socket = await client.connect(target)
    this.#ends.set(socket, performance.now() + maxAgeMs)
    const timer = setTimeout(() => this.#retire(socket), maxAgeMs).unref()
    socket.once('close', () => clearTimeout(timer))
    return socket
  }

  #isOld(socket: object): boolean {
    return performance.now() >= (this.#ends.get(socket) ?? 0)
  }

  /** A request that is under way ends in peace. */
  #retire(socket: TLSSocket): void {
    const isFree = Object.values(this.freeSockets).some((sockets) => sockets?.includes(socket))
    if (isFree) socket.destroy()
  }
}

function targetOf({ host, port, socketPath, servername }: RequestOptions): ConnectTarget {
  const name = servername === undefined || servername === '' ? {} : { servername }
  if (typeof socketPath === 'string') return { path: socketPath, protocols: ['http/1.1'], ...name }
  return { host: host ?? 'localhost', port: Number(port ?? 443), protocols: ['http/1.1'], ...name }
}

/** What is behind a path has no name that could be in a list; a policy for all hosts is for it, too. */
function hostOfTarget({ host = 'localhost', port, path }: ConnectTarget): string {
  return path ?? hostOf(host, port ?? 443)
}

function isPoolKey(key: string): boolean {
  return (poolKeys as readonly string[]).includes(key) // widened to compare
}
