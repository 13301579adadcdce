// Which certificate a server has shown on a connection. Reading it costs as much as a fifth of the handshake, so a server that can show
// only one is asked once.
import type { Server, TLSSocket, TlsOptions } from 'node:tls'
import { EvidenceError } from '../core/index.js'
import { CertificateKeys } from './certificate-keys.js'
import { runBefore } from './run-before.js'

/** Gives the SHA-256 of the SubjectPublicKeyInfo of the certificate that `server`, made with `options`, has shown on a socket. */
export function createOwnKeyReader(server: Server, options: TlsOptions): (socket: TLSSocket) => Uint8Array {
  const keys = new CertificateKeys()
  let only: Uint8Array | undefined
  let mayVary = hasSeveral(options)
  for (const name of ['addContext', 'setSecureContext']) {
    runBefore(server, name, () => {
      mayVary = true // for good: handshakes with the certificate before may still be under way
    })
  }
  return (socket) => {
    if (mayVary) return readKey(socket, keys)
    only ??= readKey(socket, keys)
    return only
  }
}

/** By name of the server, or by what the client can verify. Options that we do not know are none at all. */
function hasSeveral({ SNICallback, cert, key, pfx }: TlsOptions): boolean {
  const one = cert === undefined ? pfx : cert
  return SNICallback !== undefined || one === undefined || [cert, key, pfx].some(Array.isArray)
}

function readKey(socket: TLSSocket, keys: CertificateKeys): Uint8Array {
  const certificate = socket.getX509Certificate()
  if (certificate !== undefined) return keys.find(certificate).keyHash
  throw new EvidenceError('ERR_TLS_TRUST', 'attested TLS: this server has no certificate')
}
