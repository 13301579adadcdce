// What a proxy tells while it runs. Never holds a byte that it carries, and never a secret.
import type { ErrorCode } from '../../core/index.js'

export type ProxyEvent =
  /** A route has begun to take connections. `address`: with the port that the system has chosen. */
  | { readonly kind: 'listening'; readonly route: string; readonly address: string; readonly leadsTo: string }
  | { readonly kind: 'metrics'; readonly address: string }
  /** A route is no longer configured, and takes no more connections. */
  | { readonly kind: 'removed'; readonly route: string }
  | { readonly kind: 'opened'; readonly route: string; readonly peer: string }
  | { readonly kind: 'ended'; readonly route: string; readonly peer: string; readonly in: number; readonly out: number }
  | ({ readonly kind: 'refused'; readonly route: string; readonly peer: string } & EventFailure)
  /** Reloaded: new connections see the new configuration. */
  | { readonly kind: 'reloaded'; readonly routes: number }
  | { readonly kind: 'draining'; readonly open: number; readonly deadlineMs: number }
  /** `cut`: connections that the deadline has ended. */
  | { readonly kind: 'closed'; readonly cut: number }

export interface EventFailure {
  readonly code: ErrorCode
  readonly message: string
}

/** Must not throw. */
export type OnProxyEvent = (event: ProxyEvent) => void
