import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  encodeGuestPolicy,
  encodePlatformInfo,
  encodeTcb,
  parseGuestPolicy,
  parsePlatformInfo,
  parseTcb,
  productOfCpuid,
  tcbComponents,
  tcbLayoutOf
} from '../../packages/sdk/src/evidence/index.js'
import { codeOf } from '../support/coded.js'

describe('parseTcb', () => {
  it('reads Milan and Genoa', () => {
    const tcb = { bootLoader: 4, tee: 1, snp: 24, microcode: 219 }
    expect(parseTcb(Uint8Array.of(4, 1, 0, 0, 0, 0, 24, 219), tcbLayoutOf('Genoa'))).toEqual(tcb)
  })

  it('reads Turin, which has its firmware elsewhere and one component more', () => {
    const tcb = { fmc: 1, bootLoader: 2, tee: 3, snp: 4, microcode: 81 }
    expect(parseTcb(Uint8Array.of(1, 2, 3, 4, 0, 0, 0, 81), tcbLayoutOf('Turin'))).toEqual(tcb)
    expect(tcbComponents('turin')).toContain('fmc')
  })

  it.each([
    ['milan', 2],
    ['milan', 3],
    ['milan', 4],
    ['milan', 5],
    ['turin', 4],
    ['turin', 5],
    ['turin', 6]
  ] as const)('rejects reserved byte of %s at %i', (layout, at) => {
    expect(codeOf(() => parseTcb(new Uint8Array(8).with(at, 1), layout))).toBe('ERR_EVIDENCE_FORMAT')
  })

  it.each([0, 7, 9])('rejects %i bytes', (length) => {
    expect(codeOf(() => parseTcb(new Uint8Array(length), 'milan'))).toBe('ERR_EVIDENCE_FORMAT')
  })

  it.each(['milan', 'turin'] as const)('is the inverse of encodeTcb for %s', (layout) => {
    const byte = fc.integer({ min: 0, max: 255 })
    const tcb = fc.record({
      ...(layout === 'turin' ? { fmc: byte } : {}),
      bootLoader: byte,
      tee: byte,
      snp: byte,
      microcode: byte
    })
    fc.assert(
      fc.property(tcb, (value) => {
        expect(parseTcb(encodeTcb(value, layout), layout)).toEqual(value)
      })
    )
  })
})

describe('guest policy', () => {
  it.each([
    [16, 'smt'],
    [18, 'migrationAgent'],
    [19, 'debug'],
    [20, 'singleSocket'],
    [21, 'cxl'],
    [22, 'aes256Xts'],
    [23, 'raplDisabled'],
    [24, 'ciphertextHiding'],
    [25, 'pageSwapDisabled']
  ] as const)('reads bit %i as %s', (bit, flag) => {
    const policy = parseGuestPolicy(0x20137n | (1n << BigInt(bit)))
    expect(policy).toMatchObject({ abiMajor: 1, abiMinor: 0x37, [flag]: true })
    expect(Object.values(policy).filter((value) => value === true)).toHaveLength(1)
  })

  it('is the inverse of its encoder', () => {
    const policies = fc.bigInt({ min: 0n, max: (1n << 26n) - 1n }).map((bits) => bits | (1n << 17n))
    fc.assert(fc.property(policies, (bits) => encodeGuestPolicy(parseGuestPolicy(bits)) === bits))
  })
})

describe('platform info', () => {
  it('ignores bits that nothing explains, which Turin machines set', () => {
    expect(parsePlatformInfo(0x65n)).toEqual({ ...parsePlatformInfo(0x25n) })
    expect(parsePlatformInfo(1n << 40n)).toEqual(parsePlatformInfo(0n))
  })

  it('is the inverse of its encoder on the bits that it knows', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: 0n, max: 255n }),
        (bits) => encodePlatformInfo(parsePlatformInfo(bits)) === (bits & ~0x40n)
      )
    )
  })
})

describe('productOfCpuid', () => {
  it.each([
    [0x19, 0x01, 'Milan'],
    [0x19, 0x11, 'Genoa'],
    [0x19, 0xa0, 'Genoa'],
    [0x1a, 0x02, 'Turin'],
    [0x1a, 0x11, 'Turin'],
    [0x19, 0x20, undefined],
    [0x17, 0x31, undefined],
    [0x1a, 0x50, undefined]
  ])('takes family 0x%s model 0x%s for %s', (family, model, product) => {
    expect(productOfCpuid({ family, model, stepping: 0 })).toBe(product)
  })
})
