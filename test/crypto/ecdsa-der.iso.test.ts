import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { concatBytes, fromHex, TresorError, toHex } from '../../packages/sdk/src/core/index.js'
import { ecdsaSignatureFromDer } from '../../packages/sdk/src/crypto/index.js'
import { element, integer, sequence } from './der.js'

const refused: readonly [title: string, der: Uint8Array][] = [
  ['no bytes', new Uint8Array(0)],
  ['one integer', sequence(integer('01'))],
  ['three integers', sequence(integer('01'), integer('01'), integer('01'))],
  ['a negative r', sequence(integer('80'), integer('01'))],
  ['a negative s', sequence(integer('01'), integer('ff'))],
  ['r = 0', sequence(integer('00'), integer('01'))],
  ['s = 0', sequence(integer('01'), integer('00'))],
  ['an empty integer', sequence(integer(''), integer('01'))],
  ['a needless leading zero', sequence(integer('0001'), integer('01'))],
  ['an integer longer than the curve', sequence(integer(`01${'00'.repeat(32)}`), integer('01'))],
  ['bytes at the end', concatBytes(sequence(integer('01'), integer('01')), Uint8Array.of(0))],
  ['bytes within the sequence', sequence(integer('01'), integer('01'), element(0x05))],
  ['a SET', element(0x31, integer('01'), integer('01'))],
  ['an indefinite length', fromHex('30800201010201010000')],
  ['a long length that fits in one byte', fromHex('308106020101020101')],
  ['a length of three bytes', fromHex('3083000006020101020101')],
  ['a length beyond the end', fromHex('3007020101020101')]
]

describe('DER signatures', () => {
  it('places r and s at the right of their halves', () => {
    const der = sequence(integer('0102'), integer('00ff'))
    expect(toHex(ecdsaSignatureFromDer(der, 'P-256'))).toBe(`${'0102'.padStart(64, '0')}${'ff'.padStart(64, '0')}`)
    expect(toHex(ecdsaSignatureFromDer(der, 'P-384'))).toBe(`${'0102'.padStart(96, '0')}${'ff'.padStart(96, '0')}`)
  })

  it.each(refused)('refuses %s', (_title, der) => {
    expect(() => ecdsaSignatureFromDer(der, 'P-256')).toThrow(
      expect.objectContaining({ name: 'EvidenceError', code: 'ERR_ENCODING_DER' })
    )
  })

  it('gives back what was encoded', () => {
    const coordinate = fc.bigInt({ min: 1n, max: 2n ** 384n - 1n }).map((n) => n.toString(16).padStart(96, '0'))
    fc.assert(
      fc.property(coordinate, coordinate, (r, s) => {
        const der = sequence(integer(shortest(r)), integer(shortest(s)))
        expect(toHex(ecdsaSignatureFromDer(der, 'P-384'))).toBe(r + s)
      })
    )
  })

  it('answers any bytes with a signature or a coded error', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 120 }), isTotal))
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 120 }), (rest) => isTotal(concatBytes(fromHex('3006020101'), rest)))
    )
  })
})

function isTotal(der: Uint8Array): boolean {
  try {
    return ecdsaSignatureFromDer(der, 'P-256').length === 64
  } catch (error) {
    return TresorError.is(error)
  }
}

/** Hex of the shortest positive INTEGER content. */
function shortest(hex: string): string {
  const digits = hex.replace(/^(00)+/, '')
  return Number.parseInt(digits.slice(0, 2), 16) >= 0x80 ? `00${digits}` : digits
}
