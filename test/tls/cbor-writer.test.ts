import { describe, expect, test } from 'vitest'
import { encodeCbor } from '../../packages/sdk/src/encoding/cbor-encode.js'
import type { CborValue } from '../../packages/sdk/src/encoding/index.js'
import { writeCbor } from '../../packages/sdk/src/tls/cbor-writer.js'

const bytes = (length: number): Uint8Array => new Uint8Array(length).fill(5)
const map = (...entries: readonly [number, CborValue][]): CborValue => new Map(entries)

describe('the writer of messages', () => {
  test.each<[string, CborValue]>([
    ...[0, 23, 24, 255, 256, 65_535, 65_536, 0xffff_ffff].map((value): [string, CborValue] => [`${value}`, value]),
    ...[0, 23, 24, 255, 256, 65_535, 65_536].map((length): [string, CborValue] => [`${length} bytes`, bytes(length)]),
    ['true', true],
    ['lists', [[], [1, bytes(3)], Array.from({ length: 30 }, (_, i) => i)]],
    ['maps', map([1, 2], [23, map([4, true])], [24, []], [300, bytes(1)])]
  ])('writes %s as the encoder does', (_, value) => {
    expect(writeCbor(value, 0)).toEqual(encodeCbor(value))
    expect(writeCbor(value, 3)).toEqual(Uint8Array.of(0, 0, 0, ...encodeCbor(value)))
  })

  test.each<[string, CborValue]>([
    ['a negative number', -1],
    ['a fraction', 0.5],
    ['a large number', 0x1_0000_0000],
    ['a bigint', 1n],
    ['text', 'x'],
    ['null', null],
    ['false', false],
    ['a tag', { tag: 1, value: 1 }],
    ['a map with text for a key', new Map([['x', 1]])]
  ])('refuses %s', (_, value) => {
    expect(() => writeCbor(value, 0)).toThrow(expect.objectContaining({ code: 'ERR_USAGE_OPTION' }))
  })
})
