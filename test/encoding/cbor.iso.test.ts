import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { concatBytes, fromHex, toHex } from '../../packages/sdk/src/core/index.js'
import { encodeCbor } from '../../packages/sdk/src/encoding/cbor-encode.js'
import { type LenientCborLimits, parseLenientCbor } from '../../packages/sdk/src/encoding/cbor-lenient.js'
import {
  type CborKey,
  type CborLimits,
  type CborValue,
  isCborMap,
  isCborTag,
  parseCbor
} from '../../packages/sdk/src/encoding/index.js'
import { codeOf, cutsAndAppends, expectRefusal } from './refusal.js'

const read = (hex: string, limits: CborLimits = {}) => parseCbor(fromHex(hex.replaceAll(' ', '')), 'test', limits)
const readLenient = (hex: string, limits: LenientCborLimits) =>
  parseLenientCbor(fromHex(hex.replaceAll(' ', '')), 'test', limits)
const refusesLenient = (hex: string, limits: LenientCborLimits) =>
  expectRefusal(() => readLenient(hex, limits), 'ERR_ENCODING_CBOR')
const refuses = (hex: string, limits: CborLimits = {}) => expectRefusal(() => read(hex, limits), 'ERR_ENCODING_CBOR')

/** RFC 8949 appendix A, what is within our subset. */
const examples: readonly (readonly [hex: string, value: CborValue])[] = [
  ['00', 0],
  ['17', 23],
  ['1818', 24],
  ['1903e8', 1000],
  ['1a000f4240', 1000000],
  ['1b000000e8d4a51000', 1000000000000],
  ['1b001fffffffffffff', Number.MAX_SAFE_INTEGER],
  ['1b0020000000000000', 9007199254740992n],
  ['1bffffffffffffffff', 18446744073709551615n],
  ['20', -1],
  ['3903e7', -1000],
  ['3affffffff', -4294967296],
  ['3b001ffffffffffffe', -9007199254740991],
  ['3b001fffffffffffff', -9007199254740992n],
  ['3bfffffffffffffffe', -18446744073709551615n],
  ['f4', false],
  ['f5', true],
  ['f6', null],
  ['40', new Uint8Array()],
  ['4401020304', Uint8Array.of(1, 2, 3, 4)],
  ['60', ''],
  ['62c3bc', 'ü'],
  ['64f0908591', '𐅑'],
  ['83010203', [1, 2, 3]],
  ['8301820203820405', [1, [2, 3], [4, 5]]],
  [
    'a201020304',
    new Map([
      [1, 2],
      [3, 4]
    ])
  ],
  ['c11a514b67b0', { tag: 1, value: 1363896240 }],
  ['d818456449455446', { tag: 24, value: fromHex('6449455446') }]
]

describe('parseCbor', () => {
  it.each(examples)('reads %s', (hex, value) => expect(read(hex)).toEqual(value))

  it('reads the least integer', () => expect(read('3b ffffffffffffffff')).toBe(-18446744073709551616n))

  it.each([
    ['nothing', ''],
    ['bytes after the value', '0000'],
    ['a cut argument', '19 03'],
    ['a cut byte string', '42 00'],
    ['a cut array', '82 00'],
    ['a cut map', 'a1 00'],
    ['a tag without a value', 'c1'],
    ['a reserved head', '1c'],
    ['an indefinite integer', '1f'],
    ['an indefinite tag', 'df 00'],
    ['a break', 'ff'],
    ['an integer in two bytes too many', '19 0017'],
    ['an integer in one byte too many', '18 17'],
    ['an integer in four bytes too many', '1b 00000000ffffffff'],
    ['a length that is too long', '58 01 00'],
    ['a map length that is too long', 'b8 01 00 00'],
    ['a tag that is too long', 'd8 01 00'],
    ['a tag of 64 bits', 'db ffffffffffffffff 00'],
    ['a byte string of 2^64 bytes', '5b ffffffffffffffff'],
    ['an array of 2^32 items', '9a ffffffff 00'],
    ['an array of 2^53 items', '9b 0020000000000000'],
    ['a map of more pairs than bytes', 'a2 00 00'],
    ['undefined', 'f7'],
    ['an unassigned simple value', 'f0'],
    ['a simple value in two bytes', 'f8 ff'],
    ['half precision', 'f9 3c00'],
    ['single precision', 'fa 3f800000'],
    ['double precision', 'fb 3ff0000000000000'],
    ['an indefinite byte string', '5f 41 00 ff'],
    ['an indefinite text', '7f 61 61 ff'],
    ['an indefinite array', '9f 00 ff'],
    ['an indefinite map', 'bf 00 00 ff'],
    ['text that is not UTF-8', '61 ff'],
    ['text with a surrogate', '63 eda080'],
    ['text in overlong form', '62 c0af'],
    ['an integer key twice', 'a2 01 00 01 00'],
    ['a text key twice', 'a2 6161 00 6161 00'],
    ['a large integer key twice', 'a2 1bffffffffffffffff 00 1bffffffffffffffff 00'],
    ['a byte string as key', 'a1 4100 00'],
    ['an array as key', 'a1 80 00'],
    ['a tagged key', 'a1 c100 00'],
    ['true as key', 'a1 f5 00']
  ])('refuses %s', (_, hex) => refuses(hex))

  it('refuses a key twice also where one is in a longer form', () => {
    refusesLenient('a2 01 00 1801 00', { allowLongIntegers: true })
  })

  it('takes indefinite lengths where it is told to', () => {
    const limits = { allowIndefinite: true }
    expect(readLenient('bf 61 61 9f 01 02 ff ff', limits)).toEqual(new Map([['a', [1, 2]]]))
    expect(readLenient('5f 4101 420203 ff', limits)).toEqual(Uint8Array.of(1, 2, 3))
    expect(readLenient('7f 6161 6162 ff', limits)).toBe('ab')
    expect(readLenient('5f ff', limits)).toEqual(new Uint8Array())
  })

  it.each([
    ['no break', '9f 00'],
    ['a break for a value', 'bf 00 ff'],
    ['a chunk of another type', '5f 6161 ff'],
    ['a chunk of indefinite length', '5f 5f 4100 ff ff'],
    ['half a character in a chunk', '7f 61c3 61bc ff'],
    ['a break in a definite array', '82 00 ff'],
    ['a break as a tag’s value', 'c1 ff'],
    ['a key twice', 'bf 00 00 00 00 ff']
  ])('refuses indefinite lengths with %s', (_, hex) => refusesLenient(hex, { allowIndefinite: true }))

  it('takes long integers and floats where it is told to', () => {
    expect(readLenient('1b 0000000000000001', { allowLongIntegers: true })).toBe(1)
    expect(readLenient('9800', { allowLongIntegers: true })).toEqual([])
    const floats = { allowFloats: true }
    expect(readLenient('f9 3e00', floats)).toBe(1.5)
    expect(readLenient('f9 0001', floats)).toBe(2 ** -24)
    expect(readLenient('f9 c400', floats)).toBe(-4)
    expect(readLenient('f9 7c00', floats)).toBe(Number.POSITIVE_INFINITY)
    expect(readLenient('f9 7e00', floats)).toBeNaN()
    expect(readLenient('fa 47c35000', floats)).toBe(100000)
    expect(readLenient('fb 3ff199999999999a', floats)).toBe(1.1)
    refusesLenient('fb 00', floats)
    expect(readLenient('82 f5 f6', floats)).toEqual([true, null])
    refusesLenient('f7', floats)
  })

  it('takes each of these only where it is told to take that one', () => {
    const only = (limits: LenientCborLimits): readonly boolean[] =>
      ['9f ff', '5f ff', '7f ff', '1801', 'f9 3e00'].map((hex) => codeOf(() => readLenient(hex, limits)) === undefined)
    expect(only({})).toEqual([false, false, false, false, false])
    expect(only({ allowIndefinite: true })).toEqual([true, true, true, false, false])
    expect(only({ allowLongIntegers: true })).toEqual([false, false, false, true, false])
    expect(only({ allowFloats: true })).toEqual([false, false, false, false, true])
  })

  it('refuses keys out of order where it is told to', () => {
    const limits = { requireSortedKeys: true }
    expect(read('a3 0a 00 20 00 6161 00', limits)).toBeInstanceOf(Map)
    refuses('a2 20 00 0a 00', limits)
    refuses('a2 626161 00 6162 00', limits)
    expect(read('a2 20 00 0a 00')).toBeInstanceOf(Map)
  })

  it('limits depth, items and bytes', () => {
    expect(read(`${'81'.repeat(16)}00`)).toHaveLength(1)
    refuses(`${'81'.repeat(17)}00`)
    refuses(`${'c1'.repeat(17)}00`)
    refuses(`${'a100'.repeat(17)}00`)
    refuses('83 00 00 00', { maxItems: 3 })
    refuses('00 00', { maxBytes: 1 })
    expect(read('82 00 00', { maxItems: 3 })).toEqual([0, 0])
  })

  it('refuses 16 MB of nested arrays at once, whatever the limit of bytes', () => {
    const nest = new Uint8Array(16 << 20).fill(0x81)
    const start = performance.now()
    expectRefusal(() => parseCbor(nest, 'test'), 'ERR_ENCODING_CBOR')
    expectRefusal(() => parseCbor(nest, 'test', { maxBytes: 32 << 20 }), 'ERR_ENCODING_CBOR')
    expectRefusal(
      () => parseLenientCbor(nest.fill(0x9f), 'test', { maxBytes: 32 << 20, allowIndefinite: true }),
      'ERR_ENCODING_CBOR'
    )
    expect(performance.now() - start).toBeLessThan(500)
  })

  it('returns copies', () => {
    const bytes = fromHex('4101')
    const value = parseCbor(bytes, 'test')
    bytes[1] = 9
    expect(value).toEqual(Uint8Array.of(1))
  })

  it('refuses every cut and every byte more of a value', () => {
    const bytes = encodeCbor(
      new Map<CborKey, CborValue>([
        [1, Uint8Array.of(1, 2)],
        ['key', [true, 'text', -500]],
        [3, { tag: 18, value: 7n }]
      ])
    )
    for (const changed of cutsAndAppends(bytes)) expectRefusal(() => parseCbor(changed, 'test'), 'ERR_ENCODING_CBOR')
  })
})

const key: fc.Arbitrary<CborKey> = fc.oneof(
  fc.integer(),
  fc.string({ unit: 'binary' }),
  fc.bigInt({ min: 2n ** 53n, max: 2n ** 64n - 1n })
)
const { value } = fc.letrec<{ value: CborValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    fc.maxSafeInteger(),
    fc.constantFrom(-4294967297, -4294967296, -4294967295, -2147483649, 4294967295, 4294967296, 65536, 255, 256),
    fc.bigInt({ min: 2n ** 53n, max: 2n ** 64n - 1n }),
    fc.bigInt({ min: 1n - 2n ** 64n, max: -(2n ** 53n) }),
    fc.string({ unit: 'binary', maxLength: 300 }),
    fc.boolean(),
    fc.constant(null),
    fc.uint8Array({ maxLength: 300 }),
    fc.array(tie('value'), { maxLength: 30 }),
    fc.array(fc.tuple(key, tie('value')), { maxLength: 30 }).map((pairs) => new Map(pairs)),
    fc.record({ tag: fc.nat({ max: 0xffffffff }), value: tie('value') })
  )
}))

describe('encodeCbor', () => {
  it.each(examples)('writes %s', (hex, example) => expect(toHex(encodeCbor(example))).toBe(hex))

  it('sorts keys by their encoding, whatever their order', () => {
    const entries: [CborKey, CborValue][] = [
      ['aa', 0],
      ['b', 1],
      [-1, 2],
      [100, 3],
      [10, 4],
      [2n ** 40n, 5]
    ]
    const hex = 'a6 0a04 186403 1b000001000000000005 2002 616201 62616100'.replaceAll(' ', '')
    expect(toHex(encodeCbor(new Map(entries)))).toBe(hex)
    expect(toHex(encodeCbor(new Map(entries.toReversed())))).toBe(hex)
  })

  it('writes texts of every length around the steps of the head, also where characters take several bytes', () => {
    for (const length of [0, 22, 23, 24, 31, 32, 63, 64, 255, 256, 65535, 65536]) {
      for (const character of ['a', 'ü', '€', '😀']) {
        const text = character.repeat(length)
        expect(parseCbor(encodeCbor(text), 'test')).toBe(text)
      }
    }
  })

  it('refuses what has no encoding', () => {
    const unencodable: readonly unknown[] = [
      1.5,
      Number.NaN,
      2 ** 60,
      2n ** 64n,
      -(2n ** 64n),
      '\ud800',
      undefined,
      {},
      new Date()
    ]
    for (const bad of unencodable) expectRefusal(() => encodeCbor(bad as CborValue), 'ERR_USAGE_OPTION') // wrong on purpose
    expectRefusal(() => encodeCbor({ tag: -1, value: 0 }), 'ERR_USAGE_OPTION')
    expectRefusal(() => encodeCbor({ tag: 2 ** 32, value: 0 }), 'ERR_USAGE_OPTION')
  })

  it('hands out bytes of its own', () => {
    const first = encodeCbor('first')
    const before = toHex(first)
    encodeCbor('other')
    expect(toHex(first)).toBe(before)
    expect(Object.getPrototypeOf(first)).toBe(Uint8Array.prototype)
  })

  it('is read back by the strictest reader, always', () => {
    fc.assert(
      fc.property(value, (any) => {
        const encoded = encodeCbor(any)
        const decoded = parseCbor(encoded, 'test', { requireSortedKeys: true })
        expect(toHex(encodeCbor(decoded))).toBe(toHex(encoded))
        expect(decoded).toEqual(sorted(any))
      })
    )
  })

  it('parsing is total', () => {
    const limits = { allowIndefinite: true, allowFloats: true, allowLongIntegers: true }
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        codeOf(() => parseCbor(bytes, 'test'))
        codeOf(() => parseLenientCbor(bytes, 'test', limits))
      }),
      { numRuns: 3000 }
    )
    fc.assert(
      fc.property(value, fc.nat(), fc.nat({ max: 255 }), (any, at, byte) => {
        const bytes = concatBytes(encodeCbor(any))
        bytes[at % bytes.length] = byte
        codeOf(() => parseLenientCbor(bytes, 'test', limits))
      })
    )
  })

  it('what the strict reader takes, it gives back byte for byte', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 12 }), (bytes) => {
        if (codeOf(() => parseCbor(bytes, 'test', { requireSortedKeys: true })) !== undefined) return
        expect(encodeCbor(parseCbor(bytes, 'test'))).toEqual(bytes)
      }),
      { numRuns: 3000 }
    )
  })
})

/** As the reader returns it: small bigints as numbers. Maps compare without their order. */
function sorted(any: CborValue): CborValue {
  if (Array.isArray(any)) return any.map(sorted)
  if (any === null || typeof any !== 'object' || any instanceof Uint8Array) return any === 0 ? 0 : any
  if (isCborMap(any)) return new Map(Array.from(any, ([k, v]) => [k === 0 ? 0 : k, sorted(v)]))
  return isCborTag(any) ? { tag: any.tag, value: sorted(any.value) } : any
}
