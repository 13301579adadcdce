// What a proxy is told: its routes in both directions. Files and detection of the TEE are done by then; see document.ts.
import type { Policy } from '../../verify/index.js'
import type { ClientOptions, EvidenceSource } from '../options.js'
import type { PeerOptions } from '../peer-options.js'
import type { Tier } from '../proof.js'
import type { ProxyLimits, ProxyTimeouts } from './limits.js'

export interface ProxyConfig {
  readonly routes: readonly RouteConfig[]
  readonly metrics?: MetricsConfig
  /** How long connections may go on after `close`. Default 8 seconds: `docker stop` waits for 10. */
  readonly drainMs?: number
}

export type RouteConfig = ServerRouteConfig | ClientRouteConfig

export interface CommonRouteConfig {
  /** Unique. In logs and metrics. Default: what it listens on. */
  readonly name?: string
  /** `:443`, `127.0.0.1:5433`, `unix:/run/app.sock`. */
  readonly listen: string
  /** `tcp`: bytes as they come. `http`: requests, over HTTP/1.1 and HTTP/2 on the attested side of a server. Default `tcp`. */
  readonly mode?: 'tcp' | 'http'
  /** Mode `http`: tells the program at this end, in `x-tresor-verdict`, what is at the other one. Default false. */
  readonly verdictHeader?: boolean
  /** Mode `http`: no request begins on a connection that was attested longer ago. Default: one hour towards servers, none for clients. */
  readonly maxConnectionAgeMs?: number
  readonly limits?: ProxyLimits
  readonly timeouts?: ProxyTimeouts
}

/** Attested TLS comes in, plain bytes go to a program beside the proxy. */
export interface ServerRouteConfig extends CommonRouteConfig {
  readonly to: string
  readonly provider: EvidenceSource
  /** Present where clients must prove themselves. */
  readonly clients?: Policy | readonly Policy[] | PeerOptions
  /** Offered to clients. Default both. */
  readonly tiers?: readonly Tier[]
  /** PEM. Default: one that the proxy makes, for clients that trust evidence alone. */
  readonly certificate?: { readonly cert: string | Uint8Array; readonly key: string | Uint8Array }
  /** Mode `http`: whether `x-forwarded-for` of the client is replaced by its address (default), or that is appended. */
  readonly forwarded?: 'replace' | 'append'
  /** Loudly: `to` is another machine, and what TLS has protected goes there in the clear. */
  readonly unsafeSendPlain?: boolean
}

/** Plain bytes come from a program beside the proxy, attested TLS goes out. */
export interface ClientRouteConfig extends CommonRouteConfig, Omit<ClientOptions, 'deadlineMs'> {
  readonly connect: string
  /** The name that the server's certificate must be for. Default: the host of `connect`. */
  readonly servername?: string
  /** Loudly: other machines may send plain bytes here, and whoever can reach the port uses the attested connection. */
  readonly unsafeListenPlain?: boolean
}

export interface MetricsConfig {
  /** `127.0.0.1:9464`: `/metrics` for Prometheus, `/healthz`, `/readyz`. */
  readonly listen: string
  /** Loudly: other machines may read them. */
  readonly unsafeListenPlain?: boolean
}
