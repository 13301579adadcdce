import { describe, expect, it } from 'vitest'
import {
  expectBoolean,
  expectBytes,
  expectDate,
  expectFunction,
  expectInteger,
  expectOneOf,
  expectOptions,
  expectString
} from '../../packages/sdk/src/core/index.js'

const usage = expect.objectContaining({ code: 'ERR_USAGE_OPTION' })

describe('expect helpers', () => {
  it('return what they accept', () => {
    const bytes = new Uint8Array(64)
    const now = new Date(0)
    expect(expectBytes(bytes, 64, 'reportData')).toBe(bytes)
    expect(expectBytes(bytes, [1, 64], 'nonce')).toBe(bytes)
    expect(expectInteger(3, [0, 3], 'vmpl')).toBe(3)
    expect(expectString('x', 'name')).toBe('x')
    expect(expectBoolean(false, 'flag')).toBe(false)
    expect(expectDate(now, 'now')).toBe(now)
    expect(expectOneOf('cbor', ['cbor', 'json'], 'format')).toBe('cbor')
    expect(expectFunction(usageOf, 'fetch')).toBe(usageOf)
    expect(expectOptions({ a: 1 }, ['a'], 'options')).toEqual({ a: 1 })
  })

  it.each([
    ['short bytes', () => expectBytes(new Uint8Array(63), 64, 'reportData')],
    ['an array for bytes', () => expectBytes([1], 1, 'reportData')],
    ['undefined bytes', () => expectBytes(undefined, 64, 'reportData')],
    ['a fraction', () => expectInteger(1.5, [0, 3], 'vmpl')],
    ['NaN', () => expectInteger(Number.NaN, [0, 3], 'vmpl')],
    ['an integer out of range', () => expectInteger(4, [0, 3], 'vmpl')],
    ['a numeric string', () => expectInteger('1', [0, 3], 'vmpl')],
    ['an invalid Date', () => expectDate(new Date(Number.NaN), 'now')],
    ['a number for a string', () => expectString(1, 'name')],
    ['a truthy value for true', () => expectBoolean(1, 'flag')],
    ['a word that is not offered', () => expectOneOf('xml', ['cbor', 'json'], 'format')],
    ['an object for a function', () => expectFunction({}, 'fetch')],
    ['an unknown option', () => expectOptions({ a: 1, b: 2 } as { a: number }, ['a'], 'options')],
    ['an option that shadows a prototype key', () => expectOptions(JSON.parse('{"__proto__": 1}'), [], 'options')],
    ['an array of options', () => expectOptions([] as object, [], 'options')],
    ['null options', () => expectOptions(null as unknown as object, [], 'options')]
  ])('refuse %s', (_, act) => {
    expect(act).toThrow(usage)
  })

  it('name the option and what was found, never its content', () => {
    expect(() => expectBytes('s3cret', 64, 'key')).toThrow('key: expected 64 bytes (Uint8Array), found string')
  })
})

function usageOf(): void {
  // a function to accept
}
