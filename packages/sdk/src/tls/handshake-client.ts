// The client's part of the exchange: hello, evidence, final, and ready where the server asked for evidence too.
import { PolicyError } from '../core/index.js'
import type { Appraisal } from '../verify/index.js'
import { receive, send, sendLast } from './exchange.js'
import type { FrameChannel } from './frames.js'
import type { Judge } from './judge.js'
import type { Moment } from './known-keys.js'
import { type EvidenceMessage, type Final, maxKnownKeys, type Requirement } from './messages.js'
import type { Nonces } from './nonces.js'
import { tierOf } from './proof.js'
import type { Prover } from './prover.js'
import type { Session } from './session.js'
import { createVerdict, type Verdict } from './verdict.js'

export interface ClientParty {
  readonly judge: Judge
  readonly nonces: Nonces
  /** Absent where this client has no evidence. */
  readonly prover?: Prover
  /** Where the connection leads to: keys of this peer are remembered under it. */
  readonly peer: string
}

/**
 * Runs the exchange and leaves the socket to the protocol above. Before that, not a byte of it is read or written. The caller closes the
 * channel on failure.
 * @throws EvidenceError, PolicyError, UnavailableError
 */
export async function attestAsClient(channel: FrameChannel, session: Session, party: ClientParty): Promise<Verdict> {
  const verdict = await exchange(channel, session, party)
  await channel.release()
  return verdict
}

interface Asked {
  readonly nonce: Uint8Array
  readonly at: Moment
}

async function exchange(channel: FrameChannel, session: Session, party: ClientParty): Promise<Verdict> {
  const asked: Asked = { at: party.judge.knownKeys.now(), nonce: party.nonces.next() }
  await sendHello(channel, asked.nonce, party)
  const evidence = await receive(channel, 'evidence')
  channel.watch()
  const appraisal = await judgeServer(session, party, asked, evidence)
  channel.requireSilence()
  await finish(channel, session, party, evidence)
  return createVerdict(appraisal, {
    tier: tierOf(evidence.proof),
    binding: 'exporter',
    alpn: session.alpn,
    at: asked.at.wall
  })
}

function sendHello(channel: FrameChannel, nonce: Uint8Array, { judge, prover, peer }: ClientParty): Promise<void> {
  const usesKeys = judge.tiers.includes('boundKey')
  return send(channel, {
    type: 'hello',
    nonce,
    wants: judge.tiers,
    known: usesKeys ? judge.knownKeys.idsOf(peer, maxKnownKeys) : [],
    offers: prover?.tiers ?? [],
    ...(prover?.tiers.includes('boundKey') ? { key: prover.keyId } : {})
  })
}

function judgeServer(session: Session, party: ClientParty, asked: Asked, answer: EvidenceMessage): Promise<Appraisal> {
  const { nonce, at } = asked
  const leaf = session.leafOf('server', nonce)
  return party.judge.judge({ role: 'server', leaf, nonce, asked: at, peer: party.peer }, answer)
}

async function finish(
  channel: FrameChannel,
  session: Session,
  { prover }: ClientParty,
  { nonce, requires }: EvidenceMessage
): Promise<void> {
  if (requires === undefined) return sendLast(channel, { type: 'final', echo: nonce })
  await send(channel, await proveOurselves(channel, session, prover, nonce, requires))
  await receive(channel, 'ready')
}

async function proveOurselves(
  channel: FrameChannel,
  session: Session,
  prover: Prover | undefined,
  nonce: Uint8Array,
  { tier, knowsKey }: Requirement
): Promise<Final> {
  if (prover === undefined || !prover.tiers.includes(tier)) {
    throw new PolicyError('ERR_POLICY_UNATTESTED', `attested TLS: the server asks for evidence of tier ${tier}`)
  }
  const leaf = session.leafOf('client', nonce)
  const proven = await prover.prove({ role: 'client', tier, leaf, nonce, knowsKey, wait: channel })
  return { type: 'final', echo: nonce, ...proven }
}
