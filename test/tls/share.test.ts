import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { shareEqualParts } from '../../packages/sdk/src/tls/share.js'

describe('sharing', () => {
  test('never changes what it shares', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (previous, next) => {
        const before = JSON.stringify([previous, next])
        expect(shareEqualParts(previous, next)).toEqual(next)
        expect(JSON.stringify([previous, next])).toBe(before)
      })
    )
  })

  test('takes equal parts from before, and the whole when all is equal', () => {
    const previous = { a: { b: [1, 2] }, c: [{ d: 1 }], e: 'x' }
    const next = shareEqualParts(previous, { a: { b: [1, 2] }, c: [{ d: 2 }], e: 'x' })
    expect(next.a).toBe(previous.a)
    expect(next.c).not.toBe(previous.c)
    expect(shareEqualParts(previous, structuredClone(previous))).toBe(previous)
  })

  test('tells a member that is absent from one that is undefined, and a list from an object', () => {
    expect(Object.keys(shareEqualParts({ a: 1 }, { a: 1, b: undefined }))).toEqual(['a', 'b'])
    expect(Array.isArray(shareEqualParts({ 0: 1 }, [1]))).toBe(true)
    expect(Array.isArray(shareEqualParts([1], { 0: 1 }))).toBe(false)
  })
})
