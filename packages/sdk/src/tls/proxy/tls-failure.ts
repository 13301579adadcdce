// Why a TLS handshake did not come about on our side, as one of few codes: they become labels of metrics.
import { EvidenceError, type TresorError, UnavailableError } from '../../core/index.js'

const alpnCodes: readonly string[] = ['ERR_SSL_NO_APPLICATION_PROTOCOL']
const versionCodes: readonly string[] = [
  'ERR_SSL_UNSUPPORTED_PROTOCOL',
  'ERR_SSL_WRONG_VERSION_NUMBER',
  'ERR_SSL_VERSION_TOO_LOW',
  'ERR_SSL_HTTP_REQUEST'
]

export function tlsFailure(cause: Error): TresorError {
  const code = 'code' in cause ? String(cause.code) : 'none'
  const options = { cause, details: { actual: code } }
  if (alpnCodes.includes(code)) {
    return new EvidenceError('ERR_TLS_ALPN', 'proxy: the client does not speak attested TLS', options)
  }
  if (versionCodes.includes(code)) {
    return new EvidenceError('ERR_TLS_VERSION', 'proxy: the client does not speak TLS 1.3', options)
  }
  if (code === 'ERR_TLS_HANDSHAKE_TIMEOUT') {
    return new UnavailableError(
      'ERR_TLS_TIMEOUT',
      'proxy: the client did not finish the TLS handshake in time',
      options
    )
  }
  return new UnavailableError('ERR_TLS_CLOSED', `proxy: the client gave up in the TLS handshake (${code})`, options)
}
