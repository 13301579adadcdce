// Where a proxy listens and where it leads to, as people write it: `:443`, `host:443`, `[::1]:443`, `unix:/run/app.sock`.
import { isIP } from 'node:net'
import { expectString, UsageError } from '../../core/index.js'

export interface TcpAddress {
  readonly kind: 'tcp'
  /** Absent: all addresses of this machine. */
  readonly host?: string
  readonly port: number
}

export interface UnixAddress {
  readonly kind: 'unix'
  readonly path: string
}

export type Address = TcpAddress | UnixAddress

/** @throws UsageError ERR_USAGE_OPTION */
export function parseAddress(value: unknown, name: string): Address {
  const text = expectString(value, name)
  if (text.startsWith('unix:')) return parseUnix(text.slice('unix:'.length), name)
  const [, bracketed, bare = '', port = ''] = /^(?:\[([^\][]*)\]|([^:[\]]*)):(\d{1,5})$/.exec(text) ?? []
  const host = bracketed ?? bare
  const isHost = bracketed === undefined ? host === '' || isName(host) : isIP(bracketed) === 6
  if (port === '' || Number(port) > 65_535 || !isHost) throw wrong(name, text)
  return { kind: 'tcp', port: Number(port), ...(host === '' ? {} : { host }) }
}

/** An address that can be called: a host, and a port that is not left to the system. */
export function parseTarget(value: unknown, name: string): Address {
  const address = parseAddress(value, name)
  if (address.kind === 'tcp' && (address.host === undefined || address.port === 0)) throw wrong(name, String(value))
  return address
}

export function formatAddress(address: Address): string {
  if (address.kind === 'unix') return `unix:${address.path}`
  const { host = '', port } = address
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

/** Whether bytes for this address stay on this machine. Names other than `localhost` are not looked up: they may lead anywhere. */
export function isLocal(address: Address): boolean {
  if (address.kind === 'unix') return true
  const { host = '' } = address
  const inner = host.toLowerCase().replace(/^::ffff:(?=\d+\.)/, '')
  return inner === 'localhost' || inner === '::1' || (isIP(inner) === 4 && inner.startsWith('127.'))
}

function parseUnix(path: string, name: string): UnixAddress {
  // sockaddr_un holds 107 bytes and a zero.
  if (path.startsWith('/') && !path.includes('\0') && Buffer.byteLength(path) <= 107) return { kind: 'unix', path }
  throw wrong(name, `unix:${path}`)
}

function isName(host: string): boolean {
  return isIP(host) === 4 || /^[a-zA-Z0-9_](?:[a-zA-Z0-9._-]{0,251}[a-zA-Z0-9_.])?$/.test(host)
}

function wrong(name: string, text: string): UsageError {
  const expected = 'host:port, [ipv6]:port or unix:/path'
  const actual = text.slice(0, 120)
  return new UsageError('ERR_USAGE_OPTION', `${name}: expected ${expected}, found '${actual}'`, {
    details: { field: name, expected, actual }
  })
}
