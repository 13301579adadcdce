// What the exchange needs to know of the TLS session under it. The rules of the session itself are checked here.
import type { TLSSocket } from 'node:tls'
import { EvidenceError } from '../core/index.js'
import type { CertificateKeys, KnownCertificate } from './certificate-keys.js'
import { exportedBytes, exporterLabel, type Role, type Transcript, transcriptLeaf } from './transcript.js'

/** A protocol above: what it is called without attestation. */
export type InnerProtocol = 'http/1.1' | 'h2' | 'raw'

export interface Session {
  /** As negotiated, for example `tresor1+h2`. */
  readonly alpn: string
  readonly inner: InnerProtocol
  /** The transcript leaf of `role`, for the nonce of the other side. */
  leafOf(role: Role, peerNonce: Uint8Array): Uint8Array
}

const prefix = 'tresor1+'
const innerProtocols: readonly InnerProtocol[] = ['http/1.1', 'h2', 'raw']

export function alpnOf(inner: InnerProtocol): string {
  return `${prefix}${inner}`
}

/** The protocol behind an ALPN identifier of ours; undefined for any other. */
export function innerOf(alpn: unknown): InnerProtocol | undefined {
  return innerProtocols.find((inner) => alpn === alpnOf(inner))
}

/**
 * The session on `socket`, whose handshake is over. `readServerKey` gives the SHA-256 of the server certificate's SubjectPublicKeyInfo.
 * @throws EvidenceError ERR_TLS_VERSION, ERR_TLS_ALPN, ERR_TLS_RESUMED, ERR_TLS_TRUST when there is no certificate
 */
export function readSession(socket: TLSSocket, readServerKey: () => Uint8Array): Session {
  const { alpnProtocol } = socket
  const inner = innerOf(alpnProtocol)
  if (inner === undefined) throw wrongAlpn(alpnProtocol)
  requireFreshSession(socket)
  const alpn = alpnOf(inner)
  const serverKey = readServerKey()
  return {
    alpn,
    inner,
    leafOf: (role, peerNonce) => transcriptLeaf(transcriptOf(socket, { role, alpn, peerNonce }, serverKey))
  }
}

/**
 * TLS 1.3, and a handshake of its own: a resumed session shows nobody's certificate and asks for nothing.
 * @throws EvidenceError ERR_TLS_VERSION, ERR_TLS_RESUMED
 */
export function requireFreshSession(socket: TLSSocket): void {
  const version = socket.getProtocol()
  if (version !== 'TLSv1.3') {
    throw new EvidenceError('ERR_TLS_VERSION', `attested TLS: expected TLS 1.3, found ${version ?? 'none'}`)
  }
  if (socket.isSessionReused()) throw new EvidenceError('ERR_TLS_RESUMED', 'attested TLS: the session was resumed')
}

/**
 * The certificate that the peer has shown. It can be read from the socket only once (Node 20 to 24), so it is left where readers after
 * us find it.
 */
export function findPeerCertificate(socket: TLSSocket, keys: CertificateKeys): KnownCertificate | undefined {
  const certificate = socket.getPeerX509Certificate()
  if (certificate === undefined) return undefined
  const known = keys.find(certificate)
  Object.assign(socket, known.readers)
  return known
}

/**
 * The server's certificate, for a client.
 * @throws EvidenceError ERR_TLS_TRUST
 */
export function takePeerCertificate(socket: TLSSocket, keys: CertificateKeys): KnownCertificate {
  const known = findPeerCertificate(socket, keys)
  if (known !== undefined) return known
  throw new EvidenceError('ERR_TLS_TRUST', 'attested TLS: the server has shown no certificate')
}

function transcriptOf(
  socket: TLSSocket,
  { role, alpn, peerNonce }: Pick<Transcript, 'role' | 'alpn' | 'peerNonce'>,
  serverKey: Uint8Array
): Transcript {
  const context = Buffer.from(peerNonce)
  const exported = socket.exportKeyingMaterial(exportedBytes, exporterLabel, context)
  const certificateKey = role === 'server' ? serverKey : new Uint8Array(0)
  return { role, alpn, certificateKey, exported, peerNonce }
}

function wrongAlpn(found: unknown): EvidenceError {
  const actual = typeof found === 'string' ? found : 'none'
  return new EvidenceError('ERR_TLS_ALPN', `attested TLS: the peer speaks another protocol (ALPN ${actual})`, {
    details: { field: 'ALPN', expected: `${prefix}…`, actual }
  })
}
