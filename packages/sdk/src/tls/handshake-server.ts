// The server's part of the exchange. The protocol above gets the socket only when the client has said `final`.
import { equalBytes, PolicyError } from '../core/index.js'
import { receive, send, sendLast } from './exchange.js'
import { type FrameChannel, protocolError } from './frames.js'
import type { Judge } from './judge.js'
import type { Moment } from './known-keys.js'
import { type Final, type Hello, maxBareFinalBytes, type Requirement } from './messages.js'
import type { Nonces } from './nonces.js'
import { type Tier, tierOf } from './proof.js'
import type { Prover } from './prover.js'
import type { Session } from './session.js'
import { createVerdict, type Verdict } from './verdict.js'

export interface ServerParty {
  readonly prover: Prover
  readonly nonces: Nonces
  /** Present where clients must prove themselves. */
  readonly judge?: Judge
}

/**
 * Runs the exchange and leaves the socket to the protocol above. Before that, not a byte of it is read or written. The caller closes the
 * channel on failure. The verdict is on the client; undefined where clients need no evidence.
 * @throws EvidenceError, PolicyError, UnavailableError
 */
export async function attestAsServer(
  channel: FrameChannel,
  session: Session,
  party: ServerParty
): Promise<Verdict | undefined> {
  const verdict = await exchange(channel, session, party)
  await channel.release()
  return verdict
}

async function exchange(channel: FrameChannel, session: Session, party: ServerParty): Promise<Verdict | undefined> {
  const hello = await receive(channel, 'hello')
  const requirement = party.judge && requirementFor(hello, party.judge)
  const asked: Asked = { nonce: party.nonces.next(), at: party.judge?.knownKeys.now() ?? never }
  await sendEvidence(channel, session, party, { hello, nonce: asked.nonce, requirement })
  const final = await receive(channel, 'final', party.judge === undefined ? maxBareFinalBytes : undefined)
  if (!equalBytes(final.echo, asked.nonce)) throw protocolError('final: does not answer our evidence')
  if (party.judge === undefined) return acceptBare(final)
  return acceptProven(channel, session, party.judge, asked, final)
}

interface Asked {
  readonly nonce: Uint8Array
  readonly at: Moment
}

/** For servers that ask for nothing. */
const never: Moment = { steady: 0, wall: 0 }

interface Question {
  readonly hello: Hello
  readonly nonce: Uint8Array
  readonly requirement: Requirement | undefined
}

async function sendEvidence(
  channel: FrameChannel,
  session: Session,
  { prover }: ServerParty,
  { hello, nonce, requirement }: Question
): Promise<void> {
  channel.watch()
  const leaf = session.leafOf('server', hello.nonce)
  const proven = await prover.prove({
    role: 'server',
    tier: commonTier(hello.wants, prover.tiers),
    leaf,
    nonce: hello.nonce,
    knowsKey: hello.known.some((id) => equalBytes(id, prover.keyId)),
    wait: channel
  })
  channel.requireSilence()
  await send(channel, {
    type: 'evidence',
    nonce,
    ...proven,
    ...(requirement === undefined ? {} : { requires: requirement })
  })
}

/** The verifier's preference counts. */
function commonTier(wanted: readonly Tier[], offered: readonly Tier[]): Tier {
  const tier = wanted.find((candidate) => offered.includes(candidate))
  if (tier !== undefined) return tier
  throw new PolicyError('ERR_POLICY_TIER', `attested TLS: the peer accepts ${wanted.join(', ')} only`)
}

function requirementFor({ offers, key }: Hello, judge: Judge): Requirement {
  const tier = judge.tiers.find((candidate) => offers.includes(candidate))
  if (tier === undefined) {
    throw new PolicyError(
      'ERR_POLICY_UNATTESTED',
      'attested TLS: the client offers no evidence of a tier that we accept'
    )
  }
  return { tier, knowsKey: tier === 'boundKey' && key !== undefined && isKnown(judge, key) }
}

function isKnown({ knownKeys }: Judge, id: Uint8Array): boolean {
  return knownKeys.find(anyClient, id) !== undefined
}

/** Clients have no address that would mean anything: their keys are remembered together. */
const anyClient = 'client'

function acceptBare({ proof }: Final): undefined {
  if (proof !== undefined) throw protocolError('final: a proof that nobody asked for')
}

async function acceptProven(
  channel: FrameChannel,
  session: Session,
  judge: Judge,
  { nonce, at }: Asked,
  { proof, cmw }: Final
): Promise<Verdict> {
  if (proof === undefined) throw protocolError('final: expected a proof')
  channel.watch()
  const leaf = session.leafOf('client', nonce)
  const expectation = { role: 'client', leaf, nonce, asked: at, peer: anyClient } as const
  const appraisal = await judge.judge(expectation, cmw === undefined ? { proof } : { proof, cmw })
  channel.requireSilence()
  await sendLast(channel, { type: 'ready' })
  return createVerdict(appraisal, { tier: tierOf(proof), binding: 'exporter', alpn: session.alpn, at: at.wall })
}
