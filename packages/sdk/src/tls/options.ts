// The options of both ends, checked once at the door.

import type { EvidenceProvider } from '../attest/index.js'
import { expectInteger, expectOneOf, expectOptions, isPlainObject, UsageError } from '../core/index.js'
import type { Policy } from '../verify/index.js'
import { Batcher } from './batch.js'
import type { ServerParty } from './handshake-server.js'
import type { Judge } from './judge.js'
import { Nonces } from './nonces.js'
import { createJudgeFrom, expectTiers, type PeerOptions, peerKeys } from './peer-options.js'
import type { Tier } from './proof.js'
import { createProver, type Prover } from './prover.js'

/** What `detect()` returns, or one of its providers. */
export type EvidenceSource = EvidenceProvider | { readonly provider: EvidenceProvider }

/** How a server proves itself, and what it asks of its clients. */
export interface ServerAttestation {
  readonly provider: EvidenceSource
  /** Offered to clients. Default both; the client's preference counts. */
  readonly tiers?: readonly Tier[]
  /** Whether clients that speak ordinary TLS 1.3 are served too; then their verdict is `undefined`. Default `refuse`. */
  readonly plain?: 'allow' | 'refuse'
  /** Present where clients must prove themselves: policies, or more about what is demanded. */
  readonly clients?: Policy | readonly Policy[] | PeerOptions
  /** For the whole exchange on one connection. Default 10 seconds. */
  readonly deadlineMs?: number
  /** Exchanges under way at once. Where there are more, the one that has waited longest for its client ends. Default 1000. */
  readonly maxPending?: number
  /** For servers of HTTP and gRPC: no request begins on a connection that was attested longer ago. Default: connections may grow old. */
  readonly maxConnectionAgeMs?: number
}

export interface ServerSettings {
  readonly party: ServerParty
  readonly allowsPlain: boolean
  readonly deadlineMs: number
  readonly maxPending: number
  readonly maxConnectionAgeMs: number | undefined
}

/** Whether ordinary TLS clients get as far as the end of their handshake: for what they are, or for the evidence in their certificates. */
export function admitsPlain({ allowsPlain, party }: ServerSettings): boolean {
  return allowsPlain || takesCertificates(party)
}

/** Whether clients may prove themselves by their certificates. */
export function takesCertificates({ judge }: ServerParty): boolean {
  return judge?.bindings.includes('certificate') === true
}

/** How a client knows the machine behind a name, beside its evidence. There is no default: see docs/tls.md. */
export type Trust = 'evidence-only' | 'system' | { readonly ca: string | Uint8Array | readonly (string | Uint8Array)[] }

/** What a client demands of its servers, and how it proves itself. */
export interface ClientOptions extends PeerOptions {
  /**
   * `{ ca }`: the server's TLS certificate must also be issued by it, for the name that was called. `'system'`: by one of the authorities
   * that Node trusts. `'evidence-only'`: any certificate will do, and every machine that the policy accepts is as good as any other.
   */
  readonly trust: Trust
  /** For servers that ask for evidence. */
  readonly provider?: EvidenceSource
  /** In which this client would prove itself. Default both. */
  readonly offers?: readonly Tier[]
  /** For all of connecting: TCP, TLS and the exchange. Default 10 seconds. */
  readonly deadlineMs?: number
}

export interface ClientSettings {
  readonly judge: Judge
  readonly prover?: Prover
  readonly trust: Trust
  readonly deadlineMs: number
}

const serverKeys = ['provider', 'tiers', 'plain', 'clients', 'deadlineMs', 'maxPending', 'maxConnectionAgeMs'] as const
export const clientKeys: readonly (keyof ClientOptions)[] = [...peerKeys, 'trust', 'provider', 'offers', 'deadlineMs']

/** The options for the client alone, of an adapter that has more. */
export function clientOptionsOf(options: ClientOptions): ClientOptions {
  const entries = clientKeys.flatMap((key) => (options[key] === undefined ? [] : [[key, options[key]]]))
  return Object.fromEntries(entries) as ClientOptions // its own keys only
}

const bothTiers: readonly Tier[] = ['perConnection', 'boundKey']
const defaultDeadlineMs = 10_000
const defaultMaxPending = 1000

/** @throws UsageError ERR_USAGE_OPTION, ERR_USAGE_POLICY, ERR_USAGE_POLICY_EMPTY */
export function expectServer(attestation: ServerAttestation): ServerSettings {
  expectOptions(attestation, serverKeys, 'attestation')
  const { plain = 'refuse', tiers = bothTiers, clients, maxPending = defaultMaxPending } = attestation
  const prover = createProver(batcherOf(attestation.provider, 'attestation'), expectTiers(tiers, 'attestation'))
  const deadlineMs = expectDeadline(attestation.deadlineMs, 'attestation')
  return {
    party: { prover, nonces: new Nonces(), ...(clients === undefined ? {} : { judge: judgeOfClients(clients) }) },
    allowsPlain: expectOneOf(plain, ['allow', 'refuse'], 'attestation.plain') === 'allow',
    deadlineMs,
    maxPending: expectInteger(maxPending, [1, 1_000_000], 'attestation.maxPending'),
    maxConnectionAgeMs: expectAge(attestation.maxConnectionAgeMs, 'attestation')
  }
}

/** @throws UsageError ERR_USAGE_OPTION, ERR_USAGE_POLICY, ERR_USAGE_POLICY_EMPTY */
export function expectClient(options: ClientOptions, name: string): ClientSettings {
  const { provider, offers = bothTiers, trust, deadlineMs } = options
  return {
    judge: createJudgeFrom(options, name),
    trust: expectTrust(trust),
    deadlineMs: expectDeadline(deadlineMs, name),
    ...(provider === undefined ? {} : { prover: createProver(batcherOf(provider, name), expectTiers(offers, name)) })
  }
}

function judgeOfClients(clients: Policy | readonly Policy[] | PeerOptions): Judge {
  const options =
    isPlainObject(clients) && 'policy' in clients ? (clients as PeerOptions) : { policy: clients as Policy } // checked below
  return createJudgeFrom(expectOptions(options, peerKeys, 'attestation.clients'), 'attestation.clients')
}

/** One queue for each device, whoever uses it: that is what makes batches. */
const batchers = new WeakMap<EvidenceProvider, Batcher>()

function batcherOf(source: EvidenceSource, name: string): Batcher {
  const provider = providerOf(source, name)
  const batcher = batchers.get(provider) ?? new Batcher(provider)
  batchers.set(provider, batcher)
  return batcher
}

export function providerOf(source: EvidenceSource, name: string): EvidenceProvider {
  const provider = typeof source === 'object' && source !== null && 'provider' in source ? source.provider : source
  if (typeof provider?.collect === 'function') return provider
  throw wrong(`${name}.provider`, 'what detect() returns, or a provider')
}

function expectTrust(trust: Trust): Trust {
  if (trust === 'evidence-only' || trust === 'system') return trust
  if (!isPlainObject(trust)) throw wrong('trust', `'evidence-only', 'system' or { ca }: say how servers are known`)
  const { ca } = expectOptions(trust, ['ca'], 'trust')
  const all: readonly unknown[] = Array.isArray(ca) ? ca : [ca]
  const isText = (item: unknown): boolean => typeof item === 'string' || item instanceof Uint8Array
  if (all.length === 0 || !all.every(isText)) throw wrong('trust.ca', 'certificates in PEM')
  return trust
}

/** Of a connection, in milliseconds: as long as a timer can be. */
export function expectAge(ageMs: number | undefined, name: string): number | undefined {
  return ageMs === undefined ? undefined : expectInteger(ageMs, [1, 0x7fff_ffff], `${name}.maxConnectionAgeMs`)
}

function expectDeadline(deadlineMs: number | undefined, name: string): number {
  return expectInteger(deadlineMs ?? defaultDeadlineMs, [1, 3_600_000], `${name}.deadlineMs`)
}

function wrong(name: string, expected: string): UsageError {
  return new UsageError('ERR_USAGE_OPTION', `${name}: expected ${expected}`, { details: { field: name, expected } })
}
