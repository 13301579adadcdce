// What is known about the peer of a connection. It hangs on the socket, out of any peer's reach.
import type { Appraisal } from '../verify/index.js'
import type { Tier } from './proof.js'

/** What evidence is tied to. */
export type Binding = 'exporter' | 'certificate'

/** The peer's evidence was accepted, and it covers this connection, or at least its key. */
export interface Verdict {
  readonly kind: Appraisal['kind']
  readonly claims: Appraisal['claims']
  readonly tcb: Appraisal['tcb']
  /** Undefined where the binding is `certificate`: no tier was agreed on. */
  readonly tier: Tier | undefined
  /** `exporter`: bound to this very TLS session. `certificate`: only to the key of its certificate, as RA-TLS does. */
  readonly binding: Binding
  /** The protocol as negotiated, for example `tresor1+h2`; `none` where a peer without this protocol named none. */
  readonly alpn: string
  /** Hex SHA-256 of the evidence as the vendor's device made it. */
  readonly evidenceDigest: string
  /** ISO 8601: when the peer was accepted on this connection. */
  readonly verifiedAt: string
  /** Everything that was checked. */
  readonly appraisal: Appraisal
}

/** An observation about an object that this room does not own: a weak map keeps it as long as the socket lives, and no longer. */
const verdicts = new WeakMap<object, Verdict>()

/**
 * The verdict on the peer of `socket`: of a connection that this SDK made or accepted. `undefined` means that nothing is known about
 * the peer, for example on a plain connection that a server admits with `plain: 'allow'`, or on a server that asks clients for nothing.
 * @example
 * const verdict = tlsVerdict(req.socket)
 */
export function tlsVerdict(socket: object | null | undefined): Verdict | undefined {
  if (socket === null || socket === undefined) return undefined
  return verdicts.get(socket) ?? verdicts.get(unwrap(socket))
}

/** As `tlsVerdict`, of a socket that is no proxy: for what is asked with every request. */
export function verdictOn(socket: object): Verdict | undefined {
  return verdicts.get(socket)
}

/** Node shows the socket of an HTTP/2 session as a proxy. Its methods run on the socket itself, and this one returns what it ran on. */
function unwrap(socket: object): object {
  try {
    const off: unknown = Reflect.get(socket, 'off')
    const owner: unknown = typeof off === 'function' ? off.call(socket, 'close', ignore) : socket
    return typeof owner === 'object' && owner !== null ? owner : socket
  } catch {
    return socket // the session has ended, and its socket with it
  }
}

function ignore(): void {
  // Never added to anything.
}

export function setVerdict(socket: object, verdict: Verdict): void {
  verdicts.set(socket, verdict)
}

/** `at`: milliseconds since 1970. */
export function createVerdict(
  appraisal: Appraisal,
  { tier, binding, alpn, at }: Pick<Verdict, 'tier' | 'binding' | 'alpn'> & { readonly at: number }
): Verdict {
  const { kind, claims, tcb, evidenceDigest } = appraisal
  const verifiedAt = new Date(at).toISOString()
  return Object.freeze({ kind, claims, tcb, tier, binding, alpn, evidenceDigest, verifiedAt, appraisal })
}
