// The log of a proxy: one line an event, for people on standard error, or one JSON object a line on standard output.
import { TresorError } from '../../core/index.js'
import type { ProxyEvent } from '../../tls/proxy/index.js'
import type { Io } from '../io.js'
import { type Style, styleFor } from '../style.js'
import { LogLimiter } from './log-limiter.js'

export interface ProxyLog {
  event(event: ProxyEvent): void
  /** Something that is no event of the proxy itself. */
  note(kind: string, text: string, details?: Readonly<Record<string, unknown>>): void
  failure(kind: string, error: unknown): void
}

export interface LogOptions {
  readonly json: boolean
  /** Also each connection that begins and ends. */
  readonly verbose: boolean
}

export function createLog(io: Io, { json, verbose }: LogOptions): ProxyLog {
  const style = styleFor(io.stderr, io.env)
  const limiter = new LogLimiter(() => io.clock().getTime())
  const write = (kind: string, text: string, details: Readonly<Record<string, unknown>>): void => {
    const time = io.clock().toISOString()
    if (json) io.stdout.write(`${JSON.stringify({ time, event: kind, ...details })}\n`)
    else io.stderr.write(`${style.paint('dim', time)} ${paintFor(kind, text, style)}\n`)
  }
  return {
    event: (event) => {
      if (!verbose && (event.kind === 'opened' || event.kind === 'ended')) return
      const { kind, ...details } = event
      if (kind === 'refused') {
        const { passes, suppressed } = limiter.ask(event.route)
        if (suppressed > 0) {
          write('suppressed', `${event.route}: ${suppressed} more were refused`, {
            route: event.route,
            count: suppressed
          })
        }
        if (!passes) return
      }
      write(kind, textOf(event), details)
    },
    note: (kind, text, details = {}) => write(kind, text, details),
    failure: (kind, error) => {
      const message = error instanceof Error ? error.message : String(error)
      const code = TresorError.is(error) ? error.code : null
      write(kind, `${kind.replaceAll('-', ' ')}: ${message}${code === null ? '' : ` (${code})`}`, { code, message })
    }
  }
}

function paintFor(kind: string, text: string, style: Style): string {
  return style.paint(
    kind === 'refused' || kind === 'suppressed' ? 'warn' : kind.endsWith('failed') ? 'bad' : 'bold',
    text
  )
}

function textOf(event: ProxyEvent): string {
  switch (event.kind) {
    case 'listening':
      return `${event.route}: listening on ${event.address}, leads to ${event.leadsTo}`
    case 'metrics':
      return `metrics on http://${event.address}/metrics`
    case 'removed':
      return `${event.route}: takes no more connections`
    case 'opened':
      return `${event.route}: ${event.peer} connected`
    case 'ended':
      return `${event.route}: ${event.peer} ended, ${event.in} bytes in, ${event.out} bytes out`
    case 'refused':
      return `${event.route}: refused ${event.peer || 'a connection'}: ${event.message} (${event.code})`
    case 'reloaded':
      return `reloaded: ${event.routes} routes; new connections see the new configuration`
    case 'draining':
      return `ending: ${event.open} connections have ${event.deadlineMs / 1000} s to finish`
    case 'closed':
      return event.cut === 0 ? 'ended' : `ended; ${event.cut} connections were cut`
  }
}
