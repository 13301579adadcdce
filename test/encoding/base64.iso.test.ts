import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { utf8 } from '../../packages/sdk/src/core/index.js'
import { decodeBase64, decodeBase64Url, encodeBase64, encodeBase64Url } from '../../packages/sdk/src/encoding/base64.js'
import { codeOf, expectRefusal } from './refusal.js'

describe('base64', () => {
  it.each([
    ['', ''],
    ['f', 'Zg=='],
    ['fo', 'Zm8='],
    ['foo', 'Zm9v'],
    ['foob', 'Zm9vYg=='],
    ['fooba', 'Zm9vYmE='],
    ['foobar', 'Zm9vYmFy']
  ])('%j is %j (RFC 4648 §10)', (text, encoded) => {
    expect(encodeBase64(utf8(text))).toBe(encoded)
    expect(decodeBase64(encoded)).toEqual(utf8(text))
    expect(encodeBase64Url(utf8(text))).toBe(encoded.replaceAll('=', ''))
    expect(decodeBase64Url(encoded.replaceAll('=', ''))).toEqual(utf8(text))
  })

  it.each([
    ['missing padding', 'Zg'],
    ['half the padding', 'Zg='],
    ['padding alone', '===='],
    ['three pads', 'Z==='],
    ['padding in the middle', 'Zg==Zg=='],
    ['stray bits', 'Zh=='],
    ['stray bits before one pad', 'Zm9='],
    ['white space', 'Zm9v\n'],
    ['the other alphabet', '-_-_'],
    ['a character beyond ASCII', 'Zm9é'],
    ['a NUL', 'Zm9\0']
  ])('refuses base64 with %s', (_, text) => expectRefusal(() => decodeBase64(text), 'ERR_ENCODING_BASE64'))

  it.each([
    ['padding', 'Zg=='],
    ['stray bits', 'Zh'],
    ['a digit left over', 'Zm9vY'],
    ['the other alphabet', '+/+/'],
    ['white space', 'Zg ']
  ])('refuses base64url with %s', (_, text) => expectRefusal(() => decodeBase64Url(text), 'ERR_ENCODING_BASE64'))

  it('reads back any bytes, and has one text for each', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        expect(decodeBase64(encodeBase64(bytes))).toEqual(bytes)
        expect(decodeBase64Url(encodeBase64Url(bytes))).toEqual(bytes)
      })
    )
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'AQgw+/-_=z9'), maxLength: 12 }), (text) => {
        if (codeOf(() => decodeBase64(text)) === undefined) expect(encodeBase64(decodeBase64(text))).toBe(text)
        if (codeOf(() => decodeBase64Url(text)) === undefined) expect(encodeBase64Url(decodeBase64Url(text))).toBe(text)
      }),
      { numRuns: 1000 }
    )
  })
})
