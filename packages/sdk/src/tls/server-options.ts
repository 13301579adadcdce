// The TLS options of a server: the caller's, with what attested TLS fixes.
import { SSL_OP_NO_TICKET } from 'node:constants'
import type { TlsOptions } from 'node:tls'
import { systemClock, UsageError } from '../core/index.js'
import { createCredentials } from './certificate.js'
import { admitsPlain, type ServerSettings, takesCertificates } from './options.js'
import { alpnOf, type InnerProtocol } from './session.js'

/** What attested TLS decides itself: an option of the caller could only weaken it. */
const fixedOptions = ['ALPNProtocols', 'ALPNCallback', 'secureProtocol', 'ticketKeys', 'pskCallback'] as const

/**
 * @param inner protocols above, in order of preference
 * @throws UsageError ERR_USAGE_OPTION
 */
export function serverTlsOptions<T extends TlsOptions>(
  options: T,
  settings: ServerSettings,
  inner: readonly InnerProtocol[]
): T {
  for (const name of fixedOptions) if (options[name] !== undefined) throw fixed(name)
  for (const name of ['minVersion', 'maxVersion'] as const) {
    if (options[name] !== undefined && options[name] !== 'TLSv1.3') throw fixed(name)
  }
  const accepted = inner.flatMap((name) => (admitsPlain(settings) ? [alpnOf(name), name] : [alpnOf(name)]))
  return {
    handshakeTimeout: settings.deadlineMs,
    noDelay: true,
    ...options,
    ...(hasCertificate(options) ? {} : createCredentials(systemClock())),
    // Of whatever issuer, or of none: what is in it decides.
    ...(takesCertificates(settings.party) ? { requestCert: true, rejectUnauthorized: false } : {}),
    minVersion: 'TLSv1.3',
    maxVersion: 'TLSv1.3',
    secureOptions: (options.secureOptions ?? 0) | SSL_OP_NO_TICKET,
    // A client that offers none of these ends with an alert: there is no silent fall-back to a protocol without attestation.
    ...(inner.includes('h2') ? { ALPNCallback: selectorOf(accepted) } : { ALPNProtocols: accepted })
  }
}

/** For http2, which would replace a mere list by its own. A list costs connections less. */
function selectorOf(accepted: readonly string[]): NonNullable<TlsOptions['ALPNCallback']> {
  return ({ protocols }) => accepted.find((name) => protocols.includes(name))
}

function hasCertificate({ cert, pfx, SNICallback, secureContext }: TlsOptions): boolean {
  return [cert, pfx, SNICallback, secureContext].some((option) => option !== undefined)
}

function fixed(name: string): UsageError {
  return new UsageError('ERR_USAGE_OPTION', `createServer: ${name} is decided by attested TLS`, {
    details: { field: name }
  })
}
