import { describe, expect, it } from 'vitest'
import {
  concatBytes,
  equalBytes,
  fromHex,
  isZero,
  lengthPrefixed,
  reverseBytes,
  toHex,
  utf8
} from '../../packages/sdk/src/core/index.js'

describe('bytes', () => {
  it('compares by length and content', () => {
    expect(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 2))).toBe(true)
    expect(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 3))).toBe(false)
    expect(equalBytes(Uint8Array.of(1), Uint8Array.of(1, 0))).toBe(false)
    expect(equalBytes(new Uint8Array(0), new Uint8Array(0))).toBe(true)
  })

  it('knows zeros', () => {
    expect(isZero(new Uint8Array(9))).toBe(true)
    expect(isZero(Uint8Array.of(0, 0, 128))).toBe(false)
  })

  it('concatenates and reverses copies', () => {
    const source = Uint8Array.of(1, 2, 3)
    const joined = concatBytes(source, Uint8Array.of(4))
    const reversed = reverseBytes(source)
    source.fill(9)
    expect([...joined]).toEqual([1, 2, 3, 4])
    expect([...reversed]).toEqual([3, 2, 1])
  })

  it('reads back the hex that it writes', () => {
    const all = Uint8Array.from({ length: 256 }, (_, i) => i)
    expect(fromHex(toHex(all))).toEqual(all)
    expect(fromHex('AbCd')).toEqual(Uint8Array.of(0xab, 0xcd))
  })

  it.each(['0', 'zz', ' 00', '0x00', '00\n', 'é0'])('refuses %j as hex', (text) => {
    expect(() => fromHex(text)).toThrow(expect.objectContaining({ code: 'ERR_ENCODING_HEX' }))
  })

  it('prefixes a length so that fields cannot run into each other', () => {
    expect(toHex(lengthPrefixed(utf8('ab')))).toBe('000000026162')
    const one = concatBytes(lengthPrefixed(utf8('ab')), lengthPrefixed(utf8('c')))
    const other = concatBytes(lengthPrefixed(utf8('a')), lengthPrefixed(utf8('bc')))
    expect(equalBytes(one, other)).toBe(false)
  })
})
