import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type EcCurve, ecdsaSignatureFromDer } from '../../packages/sdk/src/crypto/index.js'
import { ecdsaSignatureToDer } from '../../packages/sdk/src/crypto/node/ecdsa-to-der.js'

const zero = (bytes: number): Uint8Array => new Uint8Array(bytes)
const one = (bytes: number): Uint8Array => zero(bytes).fill(1, bytes - 1)
const join = (r: Uint8Array, s: Uint8Array): Uint8Array => Uint8Array.from([...r, ...s])

describe('ecdsaSignatureToDer', () => {
  it.each<[EcCurve, number]>([
    ['P-256', 32],
    ['P-384', 48]
  ])('writes what the strict reader of %s signatures reads back', (curve, bytes) => {
    const half = fc
      .tuple(fc.uint8Array({ minLength: bytes, maxLength: bytes }), fc.nat(bytes - 1))
      .map(([number, zeros]) => number.fill(0, 0, zeros)) // short numbers are rare by chance
      .filter((number) => number.some((byte) => byte !== 0))
    fc.assert(
      fc.property(half, half, (r, s) => {
        const signature = join(r, s)
        expect(ecdsaSignatureFromDer(ecdsaSignatureToDer(signature), curve)).toEqual(signature)
      })
    )
  })

  it('writes a number whose first bit is set with a sign byte, and no other', () => {
    const der = ecdsaSignatureToDer(join(zero(32).fill(0x80, 0, 1), zero(32).fill(0x7f, 0, 1)))
    expect([...der.subarray(0, 6)]).toEqual([0x30, 69, 0x02, 33, 0, 0x80])
    expect([...der.subarray(37, 40)]).toEqual([0x02, 32, 0x7f])
  })

  it('leaves zero to be refused', () => {
    const der = ecdsaSignatureToDer(join(zero(32), one(32)))
    expect([...der]).toEqual([0x30, 6, 0x02, 1, 0, 0x02, 1, 1])
    expect(() => ecdsaSignatureFromDer(der, 'P-256')).toThrow('more than zero')
  })
})
