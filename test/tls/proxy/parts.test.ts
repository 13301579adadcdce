// Parts of the proxy by themselves.
import { describe, expect, it } from 'vitest'
import type { Verdict } from '../../../packages/sdk/src/tls/index.js'
import { Histogram } from '../../../packages/sdk/src/tls/proxy/histogram.js'
import { isReserved, passableFields } from '../../../packages/sdk/src/tls/proxy/http/headers.js'
import { formatVerdict } from '../../../packages/sdk/src/tls/proxy/http/verdict-field.js'
import { networkOf, peerNameOf } from '../../../packages/sdk/src/tls/proxy/peer-name.js'
import { Slots } from '../../../packages/sdk/src/tls/proxy/slots.js'
import { RouteStats } from '../../../packages/sdk/src/tls/proxy/stats.js'
import { tlsFailure } from '../../../packages/sdk/src/tls/proxy/tls-failure.js'

describe('a peer', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
    ['2001:db8:1:2::1', '2001:db8:1:2'],
    ['2001:db8::1', '2001:db8:0:0'],
    ['::1', '0:0:0:0'],
    ['fe80::1%eth0', 'fe80:0:0:0']
  ])('%s belongs to the network %s', (remoteAddress, network) => {
    expect(networkOf({ remoteAddress })).toBe(network)
  })

  it('is named by address and port, and not at all once it has gone', () => {
    expect(peerNameOf({ remoteAddress: '::ffff:192.0.2.1', remotePort: 7 })).toBe('192.0.2.1:7')
    expect(peerNameOf({ remoteAddress: '2001:db8::1', remotePort: 7 })).toBe('[2001:db8::1]:7')
    expect(peerNameOf({ remoteAddress: undefined, remotePort: undefined })).toBe('')
  })
})

describe('fields', () => {
  it.each(['x-tresor-verdict', 'X_TRESOR_VERDICT', 'x.tresor.verdict', 'x-tresor_new', 'X~Tresor!x'])(
    '%s is ours alone',
    (name) => {
      expect(isReserved(name)).toBe(true)
    }
  )

  it.each(['x-tresorverdict', 'my-x-tresor-verdict', 'tresor', 'x-other'])("%s is anybody's", (name) => {
    expect(isReserved(name)).toBe(false)
  })

  it('that a peer calls a matter of its connection stay behind, but for those that frame and route', () => {
    const headers = {
      connection: 'x-a, content-length, host',
      'x-a': '1',
      'content-length': '2',
      host: 'h',
      'set-cookie': ['a', 'b']
    }
    expect(passableFields(headers)).toEqual({ 'content-length': '2', host: 'h', 'set-cookie': ['a', 'b'] })
  })

  it('of HTTP/2 name the host as HTTP/1.1 does', () => {
    expect(passableFields({ ':authority': 'a:1', ':path': '/', host: 'other' } as never)).toEqual({ host: 'a:1' })
  })
})

describe('a verdict in a field', () => {
  const verdict = {
    kind: 'snp',
    claims: { svn: 7n, text: 'größer\r\n\u2028' },
    tcb: {},
    tier: 'perConnection'
  } as unknown as Verdict

  it('is one line of ASCII that parses as JSON', () => {
    const text = formatVerdict(verdict)
    expect(text).toMatch(/^[\x20-\x7e]+$/)
    expect(JSON.parse(text).claims).toEqual({ svn: '7', text: 'größer\r\n\u2028' })
  })

  it('leaves long claims out, and stays short', () => {
    const text = formatVerdict({ ...verdict, claims: { long: 'x'.repeat(100_000) } } as unknown as Verdict)
    expect(text.length).toBeLessThan(6144)
    expect(JSON.parse(text)).toMatchObject({ kind: 'snp' })
    expect(JSON.parse(text).claims).toBeUndefined()
  })
})

describe('counts', () => {
  it('of durations are cumulative', () => {
    const histogram = new Histogram()
    for (const ms of [1, 5, 6, 20_000]) histogram.observe(ms)
    const samples = histogram.samples().map(({ suffix, labels, value }) => `${suffix}${labels.le ?? ''} ${value}`)
    expect(samples).toEqual(
      expect.arrayContaining(['_bucket0.005 2', '_bucket0.01 3', '_bucket10 3', '_bucket+Inf 4', '_count 4'])
    )
  })

  it('of bytes keep those of connections that have ended', () => {
    const stats = new RouteStats()
    const [a, b] = [{ bytes: () => ({ in: 1, out: 2 }) }, { bytes: () => ({ in: 10, out: 20 }) }]
    stats.begin(a)
    stats.begin(b)
    stats.end(a)
    stats.end(a)
    expect([stats.open, stats.connections, stats.bytes()]).toEqual([1, 2, { in: 11, out: 22 }])
  })
})

describe('slots', () => {
  it('let so many run and no more, in the order in which they came', async () => {
    const slots = new Slots(2)
    const [running, order]: [number[], number[]] = [[], []]
    let now = 0
    await Promise.all(
      Array.from({ length: 6 }, (_, i) =>
        slots.run(async () => {
          running.push(++now)
          order.push(i)
          await Promise.resolve()
          now--
        })
      )
    )
    expect(Math.max(...running)).toBe(2)
    expect(order).toEqual([0, 1, 2, 3, 4, 5])
  })

  it('are free again after a failure', async () => {
    const slots = new Slots(1)
    await expect(slots.run(() => Promise.reject(new Error('x')))).rejects.toThrow('x')
    await expect(slots.run(() => Promise.resolve(1))).resolves.toBe(1)
  })
})

describe('a failed TLS handshake', () => {
  it.each([
    ['ERR_SSL_NO_APPLICATION_PROTOCOL', 'ERR_TLS_ALPN'],
    ['ERR_SSL_UNSUPPORTED_PROTOCOL', 'ERR_TLS_VERSION'],
    ['ERR_TLS_HANDSHAKE_TIMEOUT', 'ERR_TLS_TIMEOUT'],
    ['ECONNRESET', 'ERR_TLS_CLOSED'],
    ['ERR_SSL_WHATEVER_COMES', 'ERR_TLS_CLOSED']
  ])('%s is counted as %s', (code, expected) => {
    expect(tlsFailure(Object.assign(new Error(code), { code })).code).toBe(expected)
  })
})
