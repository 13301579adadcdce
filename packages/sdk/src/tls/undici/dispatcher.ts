// An undici dispatcher whose connections lead to accepted peers only: HTTP/1.1, one request at a time on each.

import type { TLSSocket } from 'node:tls'
import { Agent, type buildConnector, Client, type Dispatcher, Pool } from 'undici'
import { expectInteger, expectOptions, PolicyError } from '../../core/index.js'
import { type AttestedClient, createClient } from '../client.js'
import { type ByHost, makePerHost } from '../hosts.js'
import { type ClientOptions, clientKeys, clientOptionsOf } from '../options.js'
import { tlsVerdict } from '../verdict.js'
import { answerWithVerdict } from './noted-verdict.js'

const poolKeys = ['connections', 'keepAliveTimeout', 'keepAliveMaxTimeout', 'headersTimeout', 'bodyTimeout'] as const

export interface AttestedDispatcherOptions extends ClientOptions, Pick<Pool.Options, (typeof poolKeys)[number]> {
  /** No request begins on a connection that was attested longer ago. Default one hour. */
  readonly maxConnectionAgeMs?: number
}

/** The same for all hosts, or for each. */
export type DispatcherOptions = ByHost<AttestedDispatcherOptions>

export type AttestedDispatcher = Agent

/**
 * An agent of undici with a pool of its own, and no connection that was made under another policy. Requests for anything but https, and with
 * `hosts` for hosts that are not named, fail with PolicyError ERR_POLICY_ORIGIN. Redirects are followed by undici's own interceptor and by
 * fetch of Node only, under the same policies: `/tls/fetch` refuses those to other origins.
 * @throws UsageError ERR_USAGE_OPTION, ERR_USAGE_POLICY, ERR_USAGE_POLICY_EMPTY
 * @example
 * await fetch('https://enclave.example/', { dispatcher: attestedDispatcher({ policy, trust: 'evidence-only' }) })
 */
export function attestedDispatcher(options: DispatcherOptions): AttestedDispatcher {
  const pools = makePerHost(options, 'attestedDispatcher', createPool)
  return new Agent({
    factory: (origin: string | URL, given: object) => pools.find(new URL(origin).host)(origin, given)
  })
}

type CreatePool = (origin: string | URL, given: object) => Pool

function createPool(options: AttestedDispatcherOptions): CreatePool {
  expectOptions(options, [...clientKeys, ...poolKeys, 'maxConnectionAgeMs'], 'attestedDispatcher')
  const { maxConnectionAgeMs = defaultMaxConnectionAgeMs } = options
  expectInteger(maxConnectionAgeMs, [1, Number.MAX_SAFE_INTEGER], 'attestedDispatcher.maxConnectionAgeMs')
  const client = createClient(clientOptionsOf(options))
  const poolOptions = Object.fromEntries(
    poolKeys.flatMap((key) => (options[key] === undefined ? [] : [[key, options[key]]]))
  )
  const createConnection = (origin: URL, given: object): Dispatcher =>
    new AttestedConnection(origin, given, client, maxConnectionAgeMs)
  return (origin, given) => new Pool(origin, { ...given, ...poolOptions, factory: createConnection })
}

const defaultMaxConnectionAgeMs = 3_600_000

interface Attested {
  readonly socket: TLSSocket
  readonly at: number
}

/** What a pool of undici calls a client: one connection, made again when it has ended. */
class AttestedConnection extends Client {
  readonly #maxAgeMs: number
  readonly #current: () => Attested | undefined

  constructor(origin: URL, options: Client.Options, client: AttestedClient, maxAgeMs: number) {
    let current: Attested | undefined
    const connect: buildConnector.connector = (target, callback) => {
      open(client, target).then(
        (socket) => {
          current = { socket, at: performance.now() }
          callback(null, socket)
        },
        (error: Error) => callback(error, null)
      )
    }
    super(origin, { ...options, connect, pipelining: 1, allowH2: false })
    this.#maxAgeMs = maxAgeMs
    this.#current = () => current
  }

  override dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    const current = this.#current()
    const isOld = current !== undefined && performance.now() - current.at > this.#maxAgeMs
    if (isOld && this.stats.running === 0) current.socket.destroy() // the request waits for another
    return super.dispatch(
      options,
      answerWithVerdict(options, handler, () => tlsVerdict(this.#current()?.socket))
    )
  }
}

async function open(client: AttestedClient, { protocol, hostname, port }: buildConnector.Options): Promise<TLSSocket> {
  if (protocol !== 'https:') {
    throw new PolicyError('ERR_POLICY_ORIGIN', `attested TLS: expected https, found ${protocol}//${hostname}`, {
      details: { field: 'origin', expected: 'https:', actual: protocol }
    })
  }
  return client.connect({ host: hostname, port: port === '' ? 443 : Number(port), protocols: ['http/1.1'] })
}
