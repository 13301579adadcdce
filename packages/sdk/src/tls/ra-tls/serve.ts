// Keeps a server's TLS certificate an RA-TLS certificate, made anew before it ends.
import { SSL_OP_NO_TICKET } from 'node:constants'
import type { Server } from 'node:tls'
import { expectFunction, expectOptions } from '../../core/index.js'
import { createRaTlsCertificate, type RaTlsCertificate, type RaTlsCertificateOptions } from './create.js'

export interface ServeRaTlsOptions extends Omit<RaTlsCertificateOptions, 'nonce' | 'signal'> {
  /** Told when a certificate could not be made anew; the old one stays, and another attempt follows. */
  readonly onError?: (error: unknown) => void
}

export interface ServedCertificate {
  /** The one that new connections are shown. */
  readonly current: RaTlsCertificate
  /** No more are made. Also done when the server has closed. */
  stop(): void
}

/**
 * Shows clients an RA-TLS certificate, also those that know nothing of `@tresor/sdk`: with `plain: 'allow'` they get a connection of ordinary
 * TLS 1.3, and can verify whose key it is under. For servers of `/tls/https`, `/tls/http2` and `/tls/raw`. Made anew after two thirds of
 * its life.
 * @throws UsageError, UnavailableError as `createRaTlsCertificate`, for the first one
 * @example
 * const server = createServer({ attestation: { provider, plain: 'allow' } }, handler)
 * await serveRaTlsCertificate(server, { provider })
 */
export async function serveRaTlsCertificate(server: Server, options: ServeRaTlsOptions): Promise<ServedCertificate> {
  const { onError = ignore, ...template } = options
  expectFunction(onError, 'onError')
  expectOptions(template, ['provider', 'format', 'lifetimeMs', 'commonName', 'clock'], 'serveRaTlsCertificate')
  const service = new Service(server, template, onError, await createRaTlsCertificate(template))
  server.once('close', () => service.stop())
  return service
}

class Service implements ServedCertificate {
  readonly #server: Server
  readonly #template: RaTlsCertificateOptions
  readonly #onError: (error: unknown) => void
  readonly #renewMs: number
  current: RaTlsCertificate
  #timer: NodeJS.Timeout | undefined
  #stopped = false

  constructor(
    server: Server,
    template: RaTlsCertificateOptions,
    onError: (error: unknown) => void,
    first: RaTlsCertificate
  ) {
    this.#server = server
    this.#template = template
    this.#onError = onError
    this.#renewMs = Math.min((2 * (template.lifetimeMs ?? 3_600_000)) / 3, 0x7fff_ffff)
    this.current = first
    this.#show(first)
  }

  stop(): void {
    this.#stopped = true
    clearTimeout(this.#timer)
  }

  #show(certificate: RaTlsCertificate): void {
    this.current = certificate
    const { key, cert } = certificate
    // The context forgets what the server was made with: all that attested TLS fixes is said again.
    this.#server.setSecureContext({
      key,
      cert,
      minVersion: 'TLSv1.3',
      maxVersion: 'TLSv1.3',
      secureOptions: SSL_OP_NO_TICKET
    })
    this.#again(this.#renewMs)
  }

  #again(delayMs: number): void {
    if (this.#stopped) return
    this.#timer = setTimeout(() => void this.#renew(), delayMs).unref()
  }

  async #renew(): Promise<void> {
    try {
      const next = await createRaTlsCertificate(this.#template)
      if (!this.#stopped) this.#show(next)
    } catch (error) {
      this.#again(Math.max(this.#renewMs / 20, 1000))
      this.#onError(error)
    }
  }
}

function ignore(): void {
  // The default: the certificate ends, and clients say so.
}
