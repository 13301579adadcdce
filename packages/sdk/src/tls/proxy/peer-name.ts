// Who is at the other end of a TCP connection, for logs, tables and limits.
import { isIPv6, type Socket } from 'node:net'

/** `address:port`; empty for Unix sockets, and for those that have gone. */
export function peerNameOf({ remoteAddress, remotePort }: Pick<Socket, 'remoteAddress' | 'remotePort'>): string {
  if (remoteAddress === undefined) return ''
  const address = plainAddress(remoteAddress)
  return address.includes(':') ? `[${address}]:${remotePort}` : `${address}:${remotePort}`
}

/** Whose handshakes are counted together: an IPv4 address, or the 64 bits that an IPv6 network is given. */
export function networkOf({ remoteAddress = '' }: Pick<Socket, 'remoteAddress'>): string {
  const address = plainAddress(remoteAddress)
  if (!isIPv6(address)) return address
  const [head = '', tail] = (address.split('%')[0] ?? '').split('::')
  const before = head === '' ? [] : head.split(':')
  const after = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - before.length - after.length)
  return [...before, ...Array<string>(zeros).fill('0'), ...after].slice(0, 4).join(':')
}

/** IPv4 as it is, also where it came through a socket for both. */
export function plainAddress(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, '')
}
