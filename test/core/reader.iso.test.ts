import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Reader, TresorError } from '../../packages/sdk/src/core/index.js'

const bytes = Uint8Array.of(1, 2, 0, 3, 0, 0, 0, 4, 5, 0, 0, 0, 0, 0, 0, 0)

describe('Reader', () => {
  it('reads numbers in either order', () => {
    const reader = new Reader(bytes, 'thing')
    expect([reader.u8('a'), reader.u16le('b'), reader.u32le('c'), reader.u8('d')]).toEqual([1, 2, 3, 4])
    expect(reader.u64le('e')).toBe(5n)
    expect(new Reader(bytes, 'thing').u16be('a')).toBe(0x0102)
    expect(new Reader(bytes, 'thing').u32be('a')).toBe(0x01020003)
    expect(new Reader(bytes, 'thing').u64be('a')).toBe(0x0102000300000004n)
  })

  it('reads from a view that does not start at zero', () => {
    const reader = new Reader(bytes.subarray(7), 'thing')
    expect(reader.u8('a')).toBe(4)
    expect(reader.bytes(1, 'b')).toEqual(Uint8Array.of(5))
    expect(reader.offset).toBe(2)
  })

  it('gives copies, not views', () => {
    const source = Uint8Array.of(1, 2, 3)
    const part = new Reader(source, 'thing').bytes(2, 'part')
    source.fill(0)
    expect([...part]).toEqual([1, 2])
  })

  it('names what and field when bytes run out', () => {
    const reader = new Reader(bytes, 'SNP report')
    expect(() => reader.bytes(17, 'measurement')).toThrow(/SNP report: measurement needs 17 bytes at 0, found 16/)
  })

  it('refuses reserved bytes that are in use, and names the offset', () => {
    const reader = new Reader(Uint8Array.of(0, 0, 7), 'thing')
    expect(() => reader.zeros(3, 'reserved')).toThrow(/reserved at 0x2 must be zero/)
  })

  it('refuses trailing bytes', () => {
    const reader = new Reader(bytes, 'thing', 'ERR_CMW_FORMAT')
    reader.skip(15, 'all but one')
    expect(() => reader.end()).toThrow(expect.objectContaining({ code: 'ERR_CMW_FORMAT' }))
    reader.skip(1, 'last')
    expect(() => reader.end()).not.toThrow()
  })

  it('throws nothing but a coded error, whatever the lengths asked for', () => {
    const length = fc.oneof(fc.integer(), fc.double(), fc.constant(Number.NaN))
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), fc.array(length, { maxLength: 8 }), (input, lengths) => {
        const reader = new Reader(input, 'thing')
        try {
          for (const n of lengths) reader.bytes(n, 'field')
        } catch (error) {
          expect(TresorError.is(error)).toBe(true)
        }
      })
    )
  })
})
