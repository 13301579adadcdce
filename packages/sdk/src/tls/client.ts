// Makes attested connections: the seam that every adapter of the client side is built on.
import { SSL_OP_NO_TICKET } from 'node:constants'
import { isIP } from 'node:net'
import type { Duplex } from 'node:stream'
import { createSecureContext, type SecureContext, type TLSSocket, connect as tlsConnect } from 'node:tls'
import { expectInteger, expectOptions, expectString, UnavailableError, UsageError } from '../core/index.js'
import { alertFor } from './alert.js'
import { attestByCertificate } from './by-certificate.js'
import { CertificateKeys } from './certificate-keys.js'
import { FrameChannel } from './frames.js'
import { attestAsClient } from './handshake-client.js'
import { Nonces } from './nonces.js'
import { type ClientOptions, type ClientSettings, clientKeys, expectClient, type Trust } from './options.js'
import { alpnOf, type InnerProtocol, innerOf, readSession, takePeerCertificate } from './session.js'
import { type Binding, setVerdict } from './verdict.js'
import { whenSecure } from './when-secure.js'

/** Where to, and for which protocol. */
export interface ConnectTarget {
  /** Default `localhost`. */
  readonly host?: string
  readonly port?: number
  /** A Unix socket or pipe, in place of host and port. */
  readonly path?: string
  /** A connection that somebody has made, in place of both; `host` and `port` then say where it leads to. It is ours from now on. */
  readonly socket?: Duplex
  /** The name that the certificate must be for, and that is sent as SNI. Default `host`, where that is a name. */
  readonly servername?: string
  /** In order of preference. */
  readonly protocols: readonly [InnerProtocol, ...InnerProtocol[]]
  /** Ends the attempt. */
  readonly signal?: AbortSignal
}

export interface AttestedClient {
  /**
   * A connection whose peer was accepted; `tlsVerdict` tells what it is. `alpnProtocol` of the socket is the inner protocol.
   * @throws EvidenceError, PolicyError, UnavailableError
   */
  connect(target: ConnectTarget): Promise<TLSSocket>
}

/** @throws UsageError ERR_USAGE_OPTION, ERR_USAGE_POLICY, ERR_USAGE_POLICY_EMPTY */
export function createClient(options: ClientOptions): AttestedClient {
  expectOptions(options, clientKeys, 'client')
  const settings = expectClient(options, 'client')
  const state: ClientState = {
    settings,
    context: createContext(settings.trust),
    keys: new CertificateKeys(),
    nonces: new Nonces()
  }
  return { connect: (target) => connect(state, expectTarget(target)) }
}

interface ClientState {
  readonly settings: ClientSettings
  readonly context: SecureContext
  readonly keys: CertificateKeys
  readonly nonces: Nonces
}

async function connect(client: ClientState, target: ConnectTarget): Promise<TLSSocket> {
  const { signal } = target
  if (signal?.aborted === true) throw aborted(signal)
  const socket = open(client, target)
  const stop = (): unknown => socket.destroy(aborted(signal))
  const timer = setTimeout(() => socket.destroy(timedOut()), client.settings.deadlineMs)
  signal?.addEventListener('abort', stop, { once: true })
  try {
    await whenSecure(socket, () => attest(client, target, socket))
    return socket
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', stop)
  }
}

async function attest(client: ClientState, target: ConnectTarget, socket: TLSSocket): Promise<void> {
  const channel = new FrameChannel(socket)
  // A server that chose a protocol without ours around it: that was offered only where a certificate will do.
  const isPlain = client.settings.judge.bindings.includes('certificate') && innerOf(socket.alpnProtocol) === undefined
  try {
    await (isPlain ? attestPlain(client, channel) : attestAlike(client, target, channel))
  } catch (error) {
    channel.close(isPlain ? undefined : alertFor(error))
    throw error
  }
}

async function attestPlain({ settings, keys }: ClientState, channel: FrameChannel): Promise<void> {
  const { socket } = channel
  setVerdict(socket, await attestByCertificate(channel, settings.judge, () => takePeerCertificate(socket, keys).der))
}

async function attestAlike(
  { settings, keys, nonces }: ClientState,
  target: ConnectTarget,
  channel: FrameChannel
): Promise<void> {
  const { judge, prover } = settings
  const { socket } = channel
  const session = readSession(socket, () => takePeerCertificate(socket, keys).keyHash)
  const party = { judge, nonces, peer: peerOf(target), ...(prover === undefined ? {} : { prover }) }
  setVerdict(socket, await attestAsClient(channel, session, party))
  socket.alpnProtocol = session.inner === 'raw' ? false : session.inner
}

function open({ settings, context }: ClientState, target: ConnectTarget): TLSSocket {
  const { host = 'localhost', port, path, socket: carrier, protocols } = target
  const servername = target.servername ?? (isIP(host) === 0 && path === undefined ? host : undefined)
  const socket = tlsConnect({
    ...(carrier !== undefined ? { socket: carrier, host } : path === undefined ? { host, port } : { path }),
    ...(servername === undefined ? {} : { servername }),
    secureContext: context,
    ALPNProtocols: offersOf(settings.judge.bindings, protocols),
    rejectUnauthorized: settings.trust !== 'evidence-only'
  })
  return socket.setNoDelay(true)
}

/** Where evidence in a certificate will do, a server may choose the protocol without ours around it. */
function offersOf(bindings: readonly Binding[], protocols: readonly InnerProtocol[]): string[] {
  const attested = bindings.includes('exporter') ? protocols.map(alpnOf) : []
  return bindings.includes('certificate') ? [...attested, ...protocols] : attested
}

/** Made once: it costs as much as half a handshake. No ticket is asked for, and none is ever used. */
function createContext(trust: Trust): SecureContext {
  const ca = trust === 'evidence-only' ? [] : trust === 'system' ? undefined : authoritiesOf(trust.ca)
  return createSecureContext({
    minVersion: 'TLSv1.3',
    maxVersion: 'TLSv1.3',
    secureOptions: SSL_OP_NO_TICKET,
    ...(ca === undefined ? {} : { ca })
  })
}

function authoritiesOf(ca: string | Uint8Array | readonly (string | Uint8Array)[]): (string | Buffer)[] {
  const list = typeof ca === 'string' || ca instanceof Uint8Array ? [ca] : ca
  return list.map((item) => (typeof item === 'string' ? item : Buffer.from(item)))
}

function peerOf({ host = 'localhost', port, path, servername }: ConnectTarget): string {
  return `${host}\0${port}\0${path}\0${servername}`
}

const targetKeys = ['host', 'port', 'path', 'socket', 'servername', 'protocols', 'signal'] as const

function expectTarget(target: ConnectTarget): ConnectTarget {
  const { host, port, path, servername } = expectOptions(target, targetKeys, 'connect')
  if ((port === undefined) === (path === undefined)) {
    throw new UsageError('ERR_USAGE_OPTION', 'connect: expected either port or path', { details: { field: 'port' } })
  }
  if (port !== undefined) expectInteger(port, [0, 65_535], 'port')
  if (host !== undefined) expectString(host, 'host')
  if (path !== undefined) expectString(path, 'path')
  if (servername !== undefined) expectString(servername, 'servername')
  return target
}

function aborted(signal: AbortSignal | undefined): UnavailableError {
  return new UnavailableError('ERR_ABORTED', 'connect: the caller stopped waiting', { cause: signal?.reason })
}

function timedOut(): UnavailableError {
  return new UnavailableError('ERR_TLS_TIMEOUT', 'connect: no attested connection within the deadline')
}
