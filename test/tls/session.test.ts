import type { TLSSocket } from 'node:tls'
import { describe, expect, test } from 'vitest'
import { alpnOf, innerOf, readSession } from '../../packages/sdk/src/tls/session.js'

const key = new Uint8Array(32)

describe('a TLS session', () => {
  test('gives its exporter for the nonce of the other side', () => {
    const session = readSession(fakeSocket(), () => key)
    expect(session).toMatchObject({ alpn: 'tresor1+raw', inner: 'raw' })
    const leaf = session.leafOf('server', new Uint8Array(32).fill(1))
    expect(session.leafOf('server', new Uint8Array(32).fill(1))).toEqual(leaf)
    expect(session.leafOf('server', new Uint8Array(32).fill(2))).not.toEqual(leaf)
    expect(session.leafOf('client', new Uint8Array(32).fill(1))).not.toEqual(leaf)
  })

  test.each<[string, object, string]>([
    ['of TLS 1.2', { getProtocol: () => 'TLSv1.2' }, 'ERR_TLS_VERSION'],
    ['that was resumed', { isSessionReused: () => true }, 'ERR_TLS_RESUMED'],
    ['without ALPN', { alpnProtocol: false }, 'ERR_TLS_ALPN'],
    ['of another protocol', { alpnProtocol: 'h2' }, 'ERR_TLS_ALPN'],
    ['of another version of this protocol', { alpnProtocol: 'tresor2+h2' }, 'ERR_TLS_ALPN']
  ])('%s is refused', (_, change, code) => {
    expect(() => readSession(fakeSocket(change), () => key)).toThrow(expect.objectContaining({ code }))
  })
})

test('protocols have one name on the wire each', () => {
  expect((['http/1.1', 'h2', 'raw'] as const).map((inner) => innerOf(alpnOf(inner)))).toEqual(['http/1.1', 'h2', 'raw'])
  expect([innerOf('raw'), innerOf('tresor1+'), innerOf(false), innerOf(undefined)]).toEqual(Array(4).fill(undefined))
})

function fakeSocket(change: object = {}): TLSSocket {
  const socket = {
    alpnProtocol: 'tresor1+raw',
    getProtocol: () => 'TLSv1.3',
    isSessionReused: () => false,
    exportKeyingMaterial: (length: number, label: string, context: Buffer) =>
      Buffer.concat([Buffer.from(label), context]).subarray(-length),
    ...change
  }
  return socket as unknown as TLSSocket // what a session is read from
}
