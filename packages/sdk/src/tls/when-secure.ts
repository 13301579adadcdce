// Waits for the TLS handshake of a client, and names what went wrong with it.
import type { TLSSocket } from 'node:tls'
import { EvidenceError, TresorError, UnavailableError } from '../core/index.js'

/**
 * Runs `proceed` in the very turn in which the handshake ends, so that nothing on the socket goes unseen.
 * @throws EvidenceError ERR_TLS_TRUST, ERR_TLS_ALPN, ERR_TLS_VERSION
 * @throws UnavailableError ERR_TLS_CONNECT, and what the socket was destroyed with
 */
export function whenSecure<T>(socket: TLSSocket, proceed: () => Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const finish = (): void => {
      socket.off('secureConnect', onSecure)
      socket.off('error', onError)
      socket.off('close', onClose)
    }
    const fail = (error: unknown): void => {
      finish()
      reject(error)
    }
    const onError = (error: Error): void => fail(translate(socket, error))
    const onClose = (): void => fail(unreachable('the connection ended before the TLS handshake did'))
    const onSecure = (): void => {
      finish()
      resolve(proceed())
    }
    socket.on('secureConnect', onSecure)
    socket.on('error', onError)
    socket.on('close', onClose)
  })
}

const versionAlerts = ['ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION', 'ERR_SSL_UNSUPPORTED_PROTOCOL']

function translate(socket: TLSSocket, error: Error): TresorError {
  if (TresorError.is(error)) return error
  const { code = 'none' } = error as NodeJS.ErrnoException // errors of sockets and of OpenSSL have one
  const options = { cause: error, details: { actual: code } }
  if (socket.authorizationError) {
    return new EvidenceError('ERR_TLS_TRUST', `connect: the TLS certificate is not trusted: ${error.message}`, options)
  }
  if (code === 'ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL') {
    return new EvidenceError('ERR_TLS_ALPN', 'connect: the server does not speak attested TLS', options)
  }
  if (versionAlerts.includes(code)) {
    return new EvidenceError('ERR_TLS_VERSION', 'connect: the server does not speak TLS 1.3', options)
  }
  return unreachable(error.message, options)
}

function unreachable(reason: string, options: { readonly cause?: unknown } = {}): UnavailableError {
  return new UnavailableError('ERR_TLS_CONNECT', `connect: ${reason}`, options)
}
