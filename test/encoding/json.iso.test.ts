import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { utf8 } from '../../packages/sdk/src/core/index.js'
import { type JsonLimits, parseJson } from '../../packages/sdk/src/encoding/index.js'
import { parseJsonDocument } from '../../packages/sdk/src/encoding/json-document.js'
import { describeWithVectors, readVector } from '../support/vectors.js'
import { codeOf, expectRefusal } from './refusal.js'

const read = (text: string, limits: JsonLimits = {}) => parseJson(utf8(text), 'test', limits)
const refuses = (text: string, limits: JsonLimits = {}) => expectRefusal(() => read(text, limits), 'ERR_ENCODING_JSON')

describe('parseJson', () => {
  it.each(['{}', '[]', '0', '"a"', 'null', ' {"a" : [1, {"b":"}"}], "c":{"a":"\\"]"} } ', '{"a":{"a":1},"b":{"a":2}}'])(
    'reads %s as JSON.parse does',
    (text) => expect(read(text)).toEqual(JSON.parse(text))
  )

  it.each([
    ['nothing', ''],
    ['two values', '{}{}'],
    ['a comma at the end', '{"a":1,}'],
    ['a key without a value', '{"a":}'],
    ['a value without a key', '{:1}'],
    ['a bare key', '{a:1}'],
    ['single quotes', "{'a':1}"],
    ['a comment', '{}//'],
    ['mismatched brackets', '{]'],
    ['too many closing brackets', '{}}'],
    ['an open string', '{"a'],
    ['an open string as value', '{"a":"b'],
    ['a backslash at the end', '{"a\\'],
    ['a colon in an array', '[1:2]'],
    ['a control character', '"\n"'],
    ['NaN', 'NaN'],
    ['a leading zero', '01'],
    ['a byte order mark', '\ufeff{}'],
    ['a NUL at the end', '{}\0'],
    ['a key twice', '{"a":1,"a":1}'],
    ['a key twice further in', '{"x":[{"a":1,"b":2,"a":3}]}'],
    ['a key twice, once escaped', '{"a":1,"\\u0061":2}'],
    ['an empty key twice', '{"":1,"":2}'],
    ['__proto__ twice', '{"__proto__":1,"__proto__":2}']
  ])('refuses %s', (_, text) => refuses(text))

  it('refuses bytes that are not UTF-8', () => {
    expectRefusal(() => parseJson(Uint8Array.of(0x22, 0xff, 0x22), 'test'), 'ERR_ENCODING_JSON')
    expectRefusal(() => parseJson(Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d), 'test'), 'ERR_ENCODING_JSON')
  })

  it('limits depth and bytes', () => {
    expect(read(`${'['.repeat(32)}${']'.repeat(32)}`)).toHaveLength(1)
    refuses(`${'['.repeat(33)}${']'.repeat(33)}`)
    refuses('['.repeat(1 << 20))
    refuses('{"a":'.repeat(100_000))
    refuses('[[0]]', { maxDepth: 1 })
    refuses('{}  ', { maxBytes: 3 })
    refuses(`"${'a'.repeat(1 << 20)}"`)
  })

  it('sets no prototype', () => {
    const value = read('{"__proto__":{"polluted":true}}')
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype)
    expect(Object.keys(Object(value))).toEqual(['__proto__'])
  })

  it('agrees with JSON.parse on any value, and is total', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 5 }), (text) => {
        expect(read(text)).toEqual(JSON.parse(text))
      })
    )
    const soup = fc.string({ unit: fc.constantFrom(...'{}[]:,"\\a1 -'), maxLength: 16 })
    fc.assert(
      fc.property(soup, (text) => {
        if (codeOf(() => read(text)) === undefined) expect(read(text)).toEqual(JSON.parse(text))
      }),
      { numRuns: 3000 }
    )
  })
})

describe('memberBytes', () => {
  const member = (text: string, name: string) => {
    const bytes = parseJsonDocument(utf8(text), 'test').memberBytes(name)
    return bytes && new TextDecoder().decode(bytes)
  }

  it.each([
    ['{"tcbInfo":{"b": 1,"a":[ 2 ]},"signature":"00"}', '{"b": 1,"a":[ 2 ]}'],
    ['{ "x":"tcbInfo" , "tcbInfo" : "a\\"},{" }', '"a\\"},{"'],
    ['{"tcbInfo":\r\n\t 17 \n}', '17'],
    ['{"\\u0074cbInfo":[1,2]}', '[1,2]'],
    ['{"x":{"tcbInfo":1},"tcbInfo":2}', '2'],
    ['{"tcbInfo":"ü€😀"}', '"ü€😀"']
  ])('of %s', (text, expected) => expect(member(text, 'tcbInfo')).toBe(expected))

  it('is undefined for what the outermost object has not', () => {
    expect(member('{"a":{"tcbInfo":1}}', 'tcbInfo')).toBeUndefined()
    expect(member('[{"tcbInfo":1}]', 'tcbInfo')).toBeUndefined()
    expect(member('{}', 'tcbInfo')).toBeUndefined()
    expect(member('"tcbInfo"', 'tcbInfo')).toBeUndefined()
  })

  it('parses to the value of the member', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.constantFrom(undefined, 1, '\t'), (object, space) => {
        const text = JSON.stringify(object, null, space)
        const value = JSON.parse(text)
        for (const name of Object.keys(value)) expect(JSON.parse(member(text, name) ?? '')).toEqual(value[name])
      })
    )
  })
})

describeWithVectors('collateral of Intel', () => {
  it('gives the bytes that were signed', () => {
    const bytes = readVector('collateral/tcbinfo-tdx-00806f050000-2026-06-12-e21-fa88.json')
    const document = parseJsonDocument(bytes, 'TCB info')
    const text = new TextDecoder().decode(bytes)
    const signed = new TextDecoder().decode(document.memberBytes('tcbInfo'))
    expect(text).toContain(`"tcbInfo":${signed}`)
    expect(Object(document.value).tcbInfo).toEqual(JSON.parse(signed))
  })
})
