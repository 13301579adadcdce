import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { lengthPrefixed, TresorError } from '../../packages/sdk/src/core/index.js'
import { encodeCbor } from '../../packages/sdk/src/encoding/cbor-encode.js'
import { type CborMap, type CborValue, isCborMap, parseCbor } from '../../packages/sdk/src/encoding/index.js'
import { alertReasons, encodeFrame, type Message, parseMessage } from '../../packages/sdk/src/tls/messages.js'

const bytes = (length: number, value = 7): Uint8Array => new Uint8Array(length).fill(value)
const inclusion = { index: 1, size: 3, path: [bytes(64), bytes(64, 8)] }
const signature = bytes(64, 9)

const messages: Readonly<Record<string, Message>> = {
  'a bare hello': { type: 'hello', nonce: bytes(32), wants: ['perConnection'], known: [], offers: [] },
  'a full hello': {
    type: 'hello',
    nonce: bytes(32),
    wants: ['boundKey', 'perConnection'],
    known: [bytes(32, 1), bytes(32, 2)],
    offers: ['perConnection', 'boundKey'],
    key: bytes(32, 3)
  },
  'evidence for a connection': {
    type: 'evidence',
    nonce: bytes(32),
    cmw: bytes(9),
    proof: { kind: 'connection', inclusion }
  },
  'evidence for a key': {
    type: 'evidence',
    nonce: bytes(32),
    cmw: bytes(9),
    proof: { kind: 'newKey', inclusion, spki: bytes(91), signature },
    requires: { tier: 'boundKey', knowsKey: true }
  },
  'evidence that is remembered': {
    type: 'evidence',
    nonce: bytes(32),
    proof: { kind: 'knownKey', keyId: bytes(32), signature },
    requires: { tier: 'perConnection', knowsKey: false }
  },
  'a bare final': { type: 'final', echo: bytes(32) },
  'a final with evidence': { type: 'final', echo: bytes(32), cmw: bytes(9), proof: { kind: 'connection', inclusion } },
  ready: { type: 'ready' },
  'an alert': { type: 'alert', reason: 'refused' },
  'an alert with advice': { type: 'alert', reason: 'unavailable', retryAfterMs: 1500 }
}
const named = Object.entries(messages)

describe.each(named)('%s', (_, message) => {
  const encoded = encodeMessage(message)
  const fields = mapOf(encoded)

  test('survives the wire', () => {
    expect(parseMessage(encoded)).toEqual(message)
  })

  test('is written in the one deterministic encoding, behind its length', () => {
    expect(encodeFrame(message)).toEqual(lengthPrefixed(encodeCbor(fields)))
  })

  test('is refused when cut short or followed by more', () => {
    for (let length = 0; length < encoded.length; length++) expectRefusal(encoded.subarray(0, length))
    expectRefusal(Uint8Array.of(...encoded, 0))
  })

  test('is refused with an unknown field', () => {
    expectRefusal(encodeCbor(new Map([...fields, [9, 1]])))
    expectRefusal(encodeCbor(new Map<string | number | bigint, CborValue>([...fields, ['x', 1]])))
  })

  test('is refused with a field of another type', () => {
    for (const key of fields.keys()) {
      for (const value of ['text', -1, 1n << 60n, null, [[]], new Map([[77, 1]])]) {
        expectRefusal(encodeCbor(new Map([...fields, [key, value]])))
      }
    }
  })

  test('is refused in any other encoding of the same map', () => {
    const [first, ...rest] = [...fields]
    if (first === undefined || rest.length === 0) return
    const unsorted = [...rest, first].flatMap(([key, value]) => [...encodeCbor(key), ...encodeCbor(value)])
    expectRefusal(Uint8Array.of(0xa0 | fields.size, ...unsorted))
    expectRefusal(Uint8Array.of(0xb8, fields.size, ...encoded.subarray(1)))
    expectRefusal(Uint8Array.of(0xbf, ...encoded.subarray(1), 0xff))
  })
})

describe('fields', () => {
  test.each<[string, string, readonly [key: number, value: CborValue]]>([
    ['a hello of another version', 'a bare hello', [2, 2]],
    ['a hello with a short nonce', 'a bare hello', [3, bytes(31)]],
    ['a hello with a long nonce', 'a bare hello', [3, bytes(33)]],
    ['a hello that accepts nothing', 'a bare hello', [4, []]],
    ['a hello that accepts an unknown tier', 'a bare hello', [4, [3]]],
    ['a hello that accepts one tier twice', 'a bare hello', [4, [1, 1]]],
    ['a hello that knows too many keys', 'a bare hello', [5, Array.from({ length: 17 }, (_, i) => bytes(32, i))]],
    ['a hello with a short key id', 'a full hello', [7, bytes(31)]],
    ['evidence with a short nonce', 'evidence for a connection', [2, bytes(31)]],
    ['evidence of no bytes', 'evidence for a connection', [3, bytes(0)]],
    ['evidence that is too large', 'evidence for a connection', [3, bytes(240 * 1024 + 1)]],
    ['remembered evidence that is there after all', 'evidence that is remembered', [3, bytes(9)]],
    ['a requirement of an unknown tier', 'evidence for a key', [5, new Map([[1, 3]])]],
    [
      'a requirement with a false flag',
      'evidence for a key',
      [
        5,
        new Map<number, CborValue>([
          [1, 2],
          [2, false]
        ])
      ]
    ],
    ['a proof of an unknown kind', 'evidence for a connection', [4, new Map([[1, 4]])]],
    ['a proof of a leaf outside the largest tree', 'evidence for a connection', [4, proofMap({ 2: 65_536 })]],
    ['a proof in an empty tree', 'evidence for a connection', [4, proofMap({ 3: 0 })]],
    ['a proof in a tree that is too large', 'evidence for a connection', [4, proofMap({ 3: 65_537 })]],
    [
      'a proof that is too deep',
      'evidence for a connection',
      [4, proofMap({ 4: Array.from({ length: 17 }, () => bytes(64)) })]
    ],
    ['a proof with a short hash', 'evidence for a connection', [4, proofMap({ 4: [bytes(63)] })]],
    ['a proof with a field of another kind', 'evidence for a connection', [4, proofMap({ 6: bytes(64) })]],
    ['a final with a short echo', 'a bare final', [2, bytes(31)]],
    ['a final with evidence and no proof', 'a bare final', [3, bytes(9)]],
    ['an alert of an unknown reason', 'an alert', [2, alertReasons.length + 1]],
    ['an alert that advises to wait for days', 'an alert', [3, 3_600_001]]
  ])('%s is refused', (_, name, [key, value]) => {
    const message = messages[name]
    if (message === undefined) throw new Error(`no message ${name}`)
    expectRefusal(encodeCbor(new Map([...mapOf(encodeMessage(message)), [key, value]])))
  })

  test('evidence without proof is refused', () => {
    const fields = new Map(mapOf(encodeMessage(messages['evidence for a connection'] as Message)))
    fields.delete(4)
    expectRefusal(encodeCbor(fields))
  })
})

describe('parsing', () => {
  test('answers any bytes with a message or a coded error', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), isTotal))
  })

  test('answers any change of one byte with a message or a coded error', () => {
    const all = named.map(([, message]) => encodeMessage(message))
    fc.assert(
      fc.property(fc.constantFrom(...all), fc.nat(), fc.integer({ min: 1, max: 255 }), (encoded, at, flip) =>
        isTotal(encoded.map((byte, i) => (i === at % encoded.length ? byte ^ flip : byte)))
      )
    )
  })
})

function encodeMessage(message: Message): Uint8Array {
  return encodeFrame(message).subarray(4)
}

function proofMap(change: Readonly<Record<number, CborValue>>): CborMap {
  const proof = mapOf(encodeMessage(messages['evidence for a connection'] as Message)).get(4) // it has one
  const entries = Object.entries(change).map(([key, value]): [number, CborValue] => [Number(key), value])
  return new Map([...(proof as CborMap), ...entries])
}

function mapOf(encoded: Uint8Array): CborMap {
  const value = parseCbor(encoded, 'test')
  if (isCborMap(value)) return value
  throw new Error('not a map')
}

function expectRefusal(payload: Uint8Array): void {
  expect(() => parseMessage(payload)).toThrow(expect.objectContaining({ code: 'ERR_TLS_PROTOCOL' }))
}

function isTotal(payload: Uint8Array): boolean {
  try {
    parseMessage(payload)
    return true
  } catch (error) {
    return TresorError.is(error) && error.code === 'ERR_TLS_PROTOCOL'
  }
}
