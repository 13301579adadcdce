import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fromHex, toHex } from '../../packages/sdk/src/core/index.js'
import { decodeOid, encodeOid, isOid } from '../../packages/sdk/src/encoding/index.js'
import { expectRefusal } from './refusal.js'

describe('object identifiers', () => {
  it.each([
    ['1.2.840.113549.1.1.10', '2a864886f70d01010a'],
    ['1.3.6.1.4.1.3704.1.3.8', '2b060104019c78010308'],
    ['0.0', '00'],
    ['0.39', '27'],
    ['1.39', '4f'],
    ['2.0', '50'],
    ['2.999.3', '883703'],
    ['2.25.340282366920938463463374607431768211455', '6983ffffffffffffffffffffffffffffffffff7f']
  ])('%s is %s', (text, hex) => {
    expect(toHex(encodeOid(text))).toBe(hex)
    expect(decodeOid(fromHex(hex))).toBe(text)
  })

  it.each(['', '1', '1.', '.1', '3.1', '1.40', '1.2.03', '1.2.-3', '1.2.x', '1..2', ' 1.2'])(
    'refuses to write %j',
    (text) => {
      expect(isOid(text)).toBe(false)
      expectRefusal(() => encodeOid(text), 'ERR_USAGE_OPTION')
    }
  )

  it.each(['', '80', '8001', '2a80', '2a8001', '2aff'])('does not read %j', (hex) => {
    expect(decodeOid(fromHex(hex))).toBeUndefined()
  })

  it('reads back what it wrote', () => {
    const arcs = fc.array(fc.bigInt({ min: 0n, max: 2n ** 70n }), { maxLength: 5 })
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 39 }), arcs, (second, rest) => {
        const text = [1, second, ...rest].join('.')
        expect(decodeOid(encodeOid(text))).toBe(text)
      })
    )
  })
})
