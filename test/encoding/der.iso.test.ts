import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fromHex, toHex } from '../../packages/sdk/src/core/index.js'
import { readBigInteger } from '../../packages/sdk/src/encoding/der-big-integer.js'
import {
  DerReader,
  derBitString,
  derBoolean,
  derEnumerated,
  derExplicit,
  derIa5String,
  derImplicit,
  derInteger,
  derNull,
  derOctetString,
  derOid,
  derPrintableString,
  derSequence,
  derSet,
  derTag,
  derTime,
  derUtf8String,
  encodeDer,
  implicitTag
} from '../../packages/sdk/src/encoding/index.js'
import { codeOf, cutsAndAppends, expectRefusal } from './refusal.js'

function read<T>(der: Uint8Array | string, value: (reader: DerReader) => T): T {
  const reader = DerReader.of(typeof der === 'string' ? fromHex(der) : der, 'test')
  const found = value(reader)
  reader.end()
  return found
}

function refuses(der: string, value: (reader: DerReader) => unknown): void {
  expectRefusal(() => read(der, value), 'ERR_ENCODING_DER')
}

describe('DerReader', () => {
  it('reads what the writer wrote, of every type', () => {
    expect(read(derBoolean(true), (r) => r.boolean('f'))).toBe(true)
    expect(read(derBoolean(false), (r) => r.boolean('f'))).toBe(false)
    expect(read(derEnumerated(2), (r) => r.enumerated('f', [0, 2]))).toBe(2)
    expect(read(derOctetString(Uint8Array.of(1, 2)), (r) => r.octetString('f'))).toEqual(Uint8Array.of(1, 2))
    expect(read(derBitString(Uint8Array.of(0xa0), 5), (r) => r.bitString('f'))).toEqual({
      bytes: Uint8Array.of(0xa0),
      unusedBits: 5
    })
    expect(read(derNull(), (r) => r.null('f'))).toBeUndefined()
    expect(read(derUtf8String('größe'), (r) => r.text('f'))).toBe('größe')
    expect(read(derPrintableString('US'), (r) => r.text('f', derTag.printableString))).toBe('US')
    expect(read(derIa5String('a@b'), (r) => r.text('f'))).toBe('a@b')
    expect(read(derImplicit(1, Uint8Array.of(5)), (r) => r.integer('f', [0, 9], implicitTag(1)))).toBe(5)
    expect(read(derExplicit(3, derInteger(7)), (r) => r.explicit(3, 'f').integer('f', [0, 9]))).toBe(7)
    expect(read(derSequence(derNull()), (r) => r.sequence('f').isNext(derTag.null))).toBe(true)
    expect(read(derOid('1.2.840'), (r) => r.element('f'))).toEqual(derOid('1.2.840'))
  })

  it.each([
    ['0c03c3a964', derTag.utf8String, 'éd'],
    ['1e0400410042', derTag.bmpString, 'AB'],
    ['1c040001f600', derTag.universalString, '😀'],
    ['1401e9', derTag.teletexString, 'é'],
    ['12023120', derTag.numericString, '1 ']
  ])('reads the string %s', (der, tag, text) => {
    expect(read(der, (r) => r.text('f', tag))).toBe(text)
    expect(read(der, (r) => r.text('f'))).toBe(text)
  })

  it.each([
    ['UTF-8 that is none', '0c01ff'],
    ['UTF-8 in overlong form', '0c02c0af'],
    ['a surrogate in UTF-8', '0c03eda080'],
    ['eight bits in an IA5String', '160180'],
    ['a control character in a PrintableString', '130107'],
    ['half a character in a BMPString', '1e0100'],
    ['a surrogate in a BMPString', '1e02d800'],
    ['a UniversalString beyond Unicode', '1c0400110000'],
    ['a type that is no string', '020101']
  ])('refuses text: %s', (_, der) => refuses(der, (r) => r.text('f')))

  it.each([
    ['indefinite length', '308000 00'],
    ['a long form for a short length', '3081020500'],
    ['a leading zero in the length', '3082000205 00'],
    ['a length of five bytes', '30850000000002 0500'],
    ['a length of the reserved form', '30ff'],
    ['a length beyond the input', '30030500'],
    ['a length beyond 4 GiB of input', '3084ffffffff0500'],
    ['no length', '30'],
    ['a cut length', '3082'],
    ['nothing at all', ''],
    ['a primitive SEQUENCE', '10020500'],
    ['trailing bytes', '3002050000']
  ])('refuses a SEQUENCE with %s', (_, der) => refuses(der.replaceAll(' ', ''), (r) => r.sequence('f').null('g')))

  it('refuses a leading zero in a length that needs the long form', () => {
    refuses(`04820080${'00'.repeat(128)}`, (r) => r.octetString('f'))
    expect(read(`048180${'00'.repeat(128)}`, (r) => r.octetString('f'))).toHaveLength(128)
  })

  it.each([
    ['no content', '0200'],
    ['a superfluous zero', '0202007f'],
    ['a superfluous ff', '0202ff80'],
    ['a constructed form', '220302010 1'.replace(' ', '')]
  ])('refuses an INTEGER with %s', (_, der) => {
    refuses(der, (r) => r.integer('f', [-1000, 1000]))
    refuses(der, (r) => r.integerBytes('f'))
    refuses(der, (r) => readBigInteger(r, 'f', 8))
  })

  it('refuses an INTEGER outside the range that was asked for', () => {
    refuses('02020100', (r) => r.integer('f', [0, 255]))
    refuses('0201ff', (r) => r.integer('f', [0, 255]))
    refuses('0209010000000000000000', (r) => r.integer('f', [0, Number.MAX_SAFE_INTEGER]))
    refuses('0209010000000000000000', (r) => readBigInteger(r, 'f', 8))
    expect(read('020200ff', (r) => r.integer('f', [0, 255]))).toBe(255)
  })

  it.each([
    ['another value than 00 and ff', '010101'],
    ['no content', '0100'],
    ['two bytes', '0102ffff']
  ])('refuses a BOOLEAN with %s', (_, der) => refuses(der, (r) => r.boolean('f')))

  it.each([
    ['no content', '0300'],
    ['eight unused bits', '03020800'],
    ['unused bits of nothing', '030101'],
    ['a set bit that is unused', '03020101']
  ])('refuses a BIT STRING with %s', (_, der) => refuses(der, (r) => r.bitString('f')))

  it('refuses unused bits where whole bytes were asked for', () => refuses('03020180', (r) => r.bitStringBytes('f')))

  it('refuses a NULL with content', () => refuses('050100', (r) => r.null('f')))

  it.each([
    ['nothing', '0600'],
    ['a cut arc', '060288 80'.replace(' ', '')],
    ['a leading zero group', '06038037 01'.replace(' ', '')],
    ['more than 64 bytes', `0641${'01'.repeat(65)}`]
  ])('refuses an OBJECT IDENTIFIER of %s', (_, der) => refuses(der, (r) => r.oid('f')))

  it('refuses a SET out of order, and takes equal elements', () => {
    refuses('3106020102020101', (r) => r.set('f').element('g'))
    const set = (r: DerReader) => {
      const inside = r.set('f')
      return [inside.integer('g', [0, 9]), inside.integer('g', [0, 9])]
    }
    expect(read('3106020101020101', set)).toEqual([1, 1])
    expect(read(derSet(derInteger(2), derInteger(1)), set)).toEqual([1, 2])
  })

  it('refuses tags of several bytes and the end-of-contents marker', () => {
    refuses('1f8101 00'.replace(' ', ''), (r) => r.element('f'))
    refuses('0000', (r) => r.element('f'))
  })

  it('refuses input over the limit unread, and nests no deeper than 32', () => {
    expectRefusal(() => DerReader.of(new Uint8Array(11), 'test', { maxBytes: 10 }), 'ERR_ENCODING_DER')
    expectRefusal(() => DerReader.of(new Uint8Array((1 << 20) + 1), 'test'), 'ERR_ENCODING_DER')
    let nest: Uint8Array = derNull()
    for (let i = 0; i < 40; i++) nest = derSequence(nest)
    const descend = (reader: DerReader): void => {
      if (!reader.atEnd) descend(reader.sequence('f'))
    }
    expectRefusal(() => descend(DerReader.of(nest, 'test')), 'ERR_ENCODING_DER')
  })

  it('returns copies', () => {
    const der = derOctetString(Uint8Array.of(1))
    const bytes = read(der, (r) => r.octetString('f'))
    der.fill(9)
    expect(bytes).toEqual(Uint8Array.of(1))
  })
})

describe('times', () => {
  const time = (text: string) =>
    encodeDer(text.length > 13 ? derTag.generalizedTime : derTag.utcTime, new TextEncoder().encode(text))

  it.each([
    ['491231235959Z', '2049-12-31T23:59:59Z'],
    ['500101000000Z', '1950-01-01T00:00:00Z'],
    ['240229120000Z', '2024-02-29T12:00:00Z'],
    ['99991231235959Z', '9999-12-31T23:59:59Z'],
    ['00500101000000Z', '0050-01-01T00:00:00Z']
  ])('reads %s', (text, iso) => {
    expect(read(time(text), (r) => r.time('f'))).toEqual(new Date(iso))
  })

  it.each([
    '230229120000Z',
    '231301120000Z',
    '230001120000Z',
    '230100120000Z',
    '230101240000Z',
    '230101126000Z',
    '230101120060Z',
    '2301011200Z',
    '230101120000+0100',
    '23010112000 Z',
    '2301011200000',
    '20230101120000.5Z',
    '20230101120000',
    '2023010112000000'
  ])('refuses %s', (text) => {
    expectRefusal(() => read(time(text), (r) => r.time('f')), 'ERR_ENCODING_DER')
  })

  it('writes UTCTime until 2049 and GeneralizedTime from 2050 on', () => {
    expect(derTime(new Date('2049-12-31T23:59:59Z'))[0]).toBe(derTag.utcTime)
    expect(derTime(new Date('2050-01-01T00:00:00Z'))[0]).toBe(derTag.generalizedTime)
    expectRefusal(() => derTime(new Date('+010000-01-01T00:00:00Z')), 'ERR_USAGE_OPTION')
  })
})

describe('DER, for any value', () => {
  it('reads back integers', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 200n), max: 2n ** 200n }), (value) => {
        expect(read(derInteger(value), (r) => readBigInteger(r, 'f', 32))).toBe(value)
      })
    )
    fc.assert(
      fc.property(fc.integer({ min: -(2 ** 40), max: 2 ** 40 }), (value) => {
        expect(read(derInteger(value), (r) => r.integer('f', [-(2 ** 40), 2 ** 40]))).toBe(value)
      })
    )
  })

  it('reads back unsigned bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 40 }), (bytes) => {
        const value = BigInt(`0x${toHex(bytes)}`)
        expect(read(derInteger(bytes), (r) => readBigInteger(r, 'f', 41))).toBe(value)
      })
    )
  })

  it('reads back times, texts and long contents', () => {
    fc.assert(
      fc.property(fc.date({ min: new Date(0), max: new Date('9999-12-31T23:59:59Z'), noInvalidDate: true }), (date) => {
        const second = new Date(Math.floor(date.getTime() / 1000) * 1000)
        expect(read(derTime(date), (r) => r.time('f'))).toEqual(second)
      })
    )
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
        expect(read(derUtf8String(text), (r) => r.text('f'))).toBe(text)
      })
    )
    for (const length of [0, 127, 128, 255, 256, 65535, 65536]) {
      expect(read(derOctetString(new Uint8Array(length)), (r) => r.octetString('f'))).toHaveLength(length)
    }
  })

  it('is total: bytes give a value or a coded error', () => {
    const readers: readonly ((r: DerReader) => unknown)[] = [
      (r) => r.time('f'),
      (r) => r.text('f'),
      (r) => r.oid('f'),
      (r) => r.set('f').element('g'),
      (r) => readBigInteger(r, 'f', 16)
    ]
    const der = fc.tuple(fc.constantFrom(2, 6, 12, 19, 22, 23, 24, 28, 30, 0x31), fc.uint8Array({ maxLength: 24 }))
    fc.assert(
      fc.property(der, fc.constantFrom(...readers), ([tag, content], value) => {
        codeOf(() => read(encodeDer(tag, content), value))
      }),
      { numRuns: 2000 }
    )
  })

  it('refuses every cut of a structure and every byte after it', () => {
    const der = derSequence(derInteger(300), derOid('2.999.3'), derOctetString(new Uint8Array(200)))
    for (const changed of cutsAndAppends(der)) {
      const act = () =>
        read(changed, (r) => {
          const inside = r.sequence('f')
          inside.integer('a', [0, 300])
          inside.oid('b')
          inside.octetString('c')
          inside.end()
        })
      expectRefusal(act, 'ERR_ENCODING_DER')
    }
  })
})
