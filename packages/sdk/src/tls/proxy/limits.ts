// How much of everything a route takes at once, and how long it waits.
import { expectInteger, expectOptions } from '../../core/index.js'

export interface ProxyLimits {
  /** Connections at once; more are refused. Default 16,384. */
  readonly connections?: number
  /** Handshakes at once. On the attested side who keeps us waiting longest makes room; towards a server more wait. Default 1,000. */
  readonly handshakes?: number
  /** Of these, from one address (IPv6: one network of 64 bits). For attested listeners. Default 250. */
  readonly handshakesPerAddress?: number
}

export interface ProxyTimeouts {
  /** To reach the backend or the server, by TCP. Default 5 seconds. */
  readonly connectMs?: number
  /** For TLS and the exchange of evidence. Default 10 seconds. */
  readonly handshakeMs?: number
  /** A connection that one side has ended, and on which the other is silent for that long, is closed. Default 10 minutes. */
  readonly halfClosedMs?: number
}

export type LimitSettings = Required<ProxyLimits>
export type TimeoutSettings = Required<ProxyTimeouts>

/** @throws UsageError ERR_USAGE_OPTION */
export function expectLimits(limits: ProxyLimits, name: string): LimitSettings {
  expectOptions(limits, ['connections', 'handshakes', 'handshakesPerAddress'], name)
  const { connections = 16_384, handshakes = 1000, handshakesPerAddress = 250 } = limits
  return {
    connections: expectInteger(connections, [1, maxCount], `${name}.connections`),
    handshakes: expectInteger(handshakes, [1, maxCount], `${name}.handshakes`),
    handshakesPerAddress: expectInteger(handshakesPerAddress, [1, maxCount], `${name}.handshakesPerAddress`)
  }
}

/** @throws UsageError ERR_USAGE_OPTION */
export function expectTimeouts(timeouts: ProxyTimeouts, name: string): TimeoutSettings {
  expectOptions(timeouts, ['connectMs', 'handshakeMs', 'halfClosedMs'], name)
  const { connectMs = 5000, handshakeMs = 10_000, halfClosedMs = 600_000 } = timeouts
  return {
    connectMs: expectInteger(connectMs, [1, hourMs], `${name}.connectMs`),
    handshakeMs: expectInteger(handshakeMs, [1, hourMs], `${name}.handshakeMs`),
    halfClosedMs: expectInteger(halfClosedMs, [1, 24 * hourMs], `${name}.halfClosedMs`)
  }
}

const maxCount = 1_000_000
const hourMs = 3_600_000
