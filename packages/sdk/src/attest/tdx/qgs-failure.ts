// What it means when the exchange with the quote generation service on the host fails.
import { TresorError, UnavailableError } from '../../core/index.js'
import { malformedAnswer, maxQgsResponseBytes } from './qgs-message.js'

const absent = [
  'ETIMEDOUT',
  'ENODEV',
  'ECONNRESET',
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EAFNOSUPPORT',
  'EADDRNOTAVAIL',
  'EPROTONOSUPPORT'
]

/** Turns what the exchange with the host threw into a coded error. Transports differ in how they say that nobody is there. */
export function explainQgsFailure(error: unknown, port: number): unknown {
  if (!(error instanceof Error) || TresorError.is(error) || !('code' in error)) return error
  const { code } = error
  const syscall = 'syscall' in error ? error.syscall : undefined
  if (code === 'ETIMEDOUT' && syscall === 'poll') return slow(port, error)
  if (absent.includes(String(code))) return missing(port, String(code), error)
  if (code === 'EMSGSIZE') return malformedAnswer(`more than ${maxQgsResponseBytes} bytes`)
  if (code === 'EACCES' || code === 'EPERM') return forbidden(port, code, error)
  return new UnavailableError('ERR_DEVICE_REFUSED', `quote generation service: vsock port ${port} failed (${code})`, {
    cause: error,
    details: { errno: code, port, remedy: 'see dmesg of the guest, and the log of qgsd on the host' }
  })
}

function slow(port: number, cause: unknown): UnavailableError {
  return new UnavailableError('ERR_DEVICE_BUSY', `quote generation service: no answer in time on vsock port ${port}`, {
    cause,
    details: { errno: 'ETIMEDOUT', port, remedy: 'retry later; the host may be overloaded' }
  })
}

function missing(port: number, errno: string, cause: unknown): UnavailableError {
  const message = `quote generation service: nobody answers on vsock port ${port} (${errno})`
  const remedy =
    'use configfs-tsm (Linux 6.7 or newer), or ask the operator of the host to run qgsd on this port and to give the guest a vsock device'
  return new UnavailableError('ERR_DEVICE_MISSING', message, { cause, details: { errno, port, remedy } })
}

function forbidden(port: number, errno: string, cause: unknown): UnavailableError {
  return new UnavailableError(
    'ERR_DEVICE_PERMISSION',
    `quote generation service: vsock is not allowed here (${errno})`,
    {
      cause,
      details: { errno, port, remedy: 'allow AF_VSOCK in the seccomp profile of the container' }
    }
  )
}
