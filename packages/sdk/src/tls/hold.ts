// Keeps the connections of a TLS server from the protocol above until their exchange is over. Works on any tls.Server: it stands between
// the server and its listeners for `secureConnection`, whoever adds them, and whenever.
import type { Server, TLSSocket, TlsOptions } from 'node:tls'
import { PolicyError, UnavailableError } from '../core/index.js'
import { alertFor } from './alert.js'
import { attestByCertificate } from './by-certificate.js'
import { CertificateKeys, type KnownCertificate } from './certificate-keys.js'
import { FrameChannel } from './frames.js'
import { attestAsServer } from './handshake-server.js'
import { admitsPlain, type ServerSettings, takesCertificates } from './options.js'
import { createOwnKeyReader } from './own-key.js'
import { holdsEvidence } from './ra-tls/evidence.js'
import { runBefore } from './run-before.js'
import { findPeerCertificate, innerOf, readSession } from './session.js'
import { setVerdict } from './verdict.js'

/** Emitted with the error and the socket when a connection was refused. */
const refusedEvent = 'attestationError'

interface Hold {
  readonly settings: ServerSettings
  readonly ownKeyOf: (socket: TLSSocket) => Uint8Array
  /** Of clients, as far as theirs are looked at. */
  readonly certificates: CertificateKeys
  /** Exchanges under way, the oldest first. */
  readonly pending: Set<FrameChannel>
  closing: boolean
  /** The last that had to make room. */
  leaving: FrameChannel | undefined
}

type Emit = (event: string | symbol, ...values: unknown[]) => boolean

/**
 * From now on `server` (of tls, https or http2) hands over attested connections only, and plain ones where the settings allow them.
 * `options` are those that it was made with. Returns the exchanges under way, the oldest first.
 */
export function holdConnections(
  server: Server,
  settings: ServerSettings,
  options: TlsOptions = {}
): ReadonlySet<FrameChannel> {
  const hold: Hold = {
    settings,
    ownKeyOf: createOwnKeyReader(server, options),
    certificates: new CertificateKeys(),
    pending: new Set(),
    closing: false,
    leaving: undefined
  }
  const emit = server.emit.bind(server) as Emit // its type lists the events that it knows
  server.emit = ((event, ...values) => {
    if (event !== 'secureConnection') return emit(event, ...values)
    admit(hold, values[0] as TLSSocket, emit) // that is what this event carries
    return true
  }) as Emit
  const endPending = (): void => {
    for (const { socket } of hold.pending) socket.destroy()
  }
  // Node reports a handshake that takes too long, and otherwise leaves the connection open.
  server.on('tlsClientError', (_error, socket) => socket.destroy())
  runBefore(server, 'close', () => {
    hold.closing = true
    endPending()
  })
  runBefore(server, 'closeAllConnections', endPending)
  server.on('listening', () => {
    hold.closing = false
  })
  return hold.pending
}

function admit(hold: Hold, socket: TLSSocket, emit: Emit): void {
  const isPlain = innerOf(socket.alpnProtocol) === undefined && admitsPlain(hold.settings)
  const shown = isPlain ? shownOn(hold, socket) : undefined
  if (isPlain && !mustProve(hold.settings, shown)) {
    emit('secureConnection', socket)
    return
  }
  attest(
    hold,
    socket,
    isPlain ? (channel) => attestPlain(hold, channel, shown) : (channel) => attestAlike(hold, channel)
  ).then(
    () => emit('secureConnection', socket),
    (error: unknown) => emit(refusedEvent, error, socket)
  )
}

type Exchange = (channel: FrameChannel) => Promise<void>

async function attest(hold: Hold, socket: TLSSocket, exchange: Exchange): Promise<void> {
  const { settings, pending, closing } = hold
  const channel = new FrameChannel(socket, settings.deadlineMs)
  const forget = (): unknown => pending.delete(channel)
  socket.once('close', forget)
  try {
    if (closing) throw unavailable('this server is closing')
    makeRoom(hold)
    pending.add(channel)
    await exchange(channel)
    forget()
    socket.off('close', forget)
  } catch (error) {
    channel.close(innerOf(socket.alpnProtocol) === undefined ? undefined : alertFor(error))
    throw error
  }
}

async function attestAlike({ settings, ownKeyOf }: Hold, channel: FrameChannel): Promise<void> {
  const { socket } = channel
  const session = readSession(socket, () => ownKeyOf(socket))
  const verdict = await attestAsServer(channel, session, settings.party)
  if (verdict !== undefined) setVerdict(socket, verdict)
  socket.alpnProtocol = session.inner === 'raw' ? false : session.inner
}

async function attestPlain(
  { settings }: Hold,
  channel: FrameChannel,
  shown: KnownCertificate | undefined
): Promise<void> {
  const { judge } = settings.party
  if (judge === undefined || shown === undefined) {
    throw new PolicyError('ERR_POLICY_UNATTESTED', 'attested TLS: the client has shown no certificate')
  }
  setVerdict(channel.socket, await attestByCertificate(channel, judge, () => shown.der))
}

/** The certificate of a client that may prove itself by it. */
function shownOn({ settings, certificates }: Hold, socket: TLSSocket): KnownCertificate | undefined {
  return takesCertificates(settings.party) ? findPeerCertificate(socket, certificates) : undefined
}

/** A plain client that is let in anyway need prove nothing; but evidence that it shows must be right. */
function mustProve({ allowsPlain, party }: ServerSettings, shown: KnownCertificate | undefined): boolean {
  if (!takesCertificates(party)) return false
  return !allowsPlain || (shown !== undefined && holdsEvidence(shown.der))
}

/**
 * Those who keep us waiting make room, the oldest first. Who waits for us is not sent away for a newcomer. Beside the limit there is one at
 * most: the last that had to go, while it is being told why.
 */
function makeRoom(hold: Hold): void {
  const { pending, settings } = hold
  if (pending.size < settings.maxPending) return
  const idle = oldestIdle(pending)
  if (idle === undefined) throw unavailable('too many exchanges are under way')
  hold.leaving?.socket.destroy()
  hold.leaving = idle
  pending.delete(idle)
  idle.end(unavailable('others needed the place of a peer that keeps us waiting'))
}

/** Waiting for its peer, or only for the end of its connection. */
function oldestIdle(pending: ReadonlySet<FrameChannel>): FrameChannel | undefined {
  for (const channel of pending) if (channel.isWaiting || channel.socket.writableEnded) return channel
  return undefined
}

function unavailable(reason: string): UnavailableError {
  return new UnavailableError('ERR_TLS_UNAVAILABLE', `attested TLS: ${reason}`, { details: { retryAfterMs: 1000 } })
}
