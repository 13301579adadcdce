import { describe, expect, it } from 'vitest'
import { toJson } from '../../packages/sdk/src/cli/json.js'
import { printable, shortHex, shortHexPair } from '../../packages/sdk/src/cli/printable.js'
import { negate, renderChecks } from '../../packages/sdk/src/cli/render/checks.js'
import { labelled, styleFor } from '../../packages/sdk/src/cli/style.js'
import { padEnd, widthOf, wrapText } from '../../packages/sdk/src/cli/width.js'
import type { Check } from '../../packages/sdk/src/verify/index.js'

const style = styleFor({ write: () => undefined, isTerminal: false, columns: 80 }, {})

describe('width', () => {
  it.each([
    ['abc', 3],
    ['✓ ok', 4],
    ['漢字', 4],
    ['한글', 4],
    ['ｆｕｌｌ', 8],
    ['e\u0301', 1],
    ['🔒', 2],
    ['', 0]
  ])('of %s is %d', (text, width) => {
    expect(widthOf(text)).toBe(width)
  })

  it('counts when padding and wrapping', () => {
    expect(padEnd('漢', 4)).toBe('漢  ')
    expect(wrapText('漢字 漢字 漢字', 9)).toEqual(['漢字 漢字', '漢字'])
    expect(wrapText('averyveryverylongword b', 6)).toEqual(['averyveryverylongword', 'b'])
  })

  it('keeps labels and values in their columns', () => {
    const lines = labelled(style, '名前', 'value '.repeat(30).trim(), 2, 8)
    expect(lines.every((line) => widthOf(line) <= 80)).toBe(true)
    expect(lines[0]).toMatch(/^ {2}名前 {5}value/)
    expect(lines[1]).toMatch(/^ {11}value/)
  })
})

describe('printable text', () => {
  it('keeps letters of all scripts', () => {
    expect(printable('Größe 漢字 🔒')).toBe('Größe 漢字 🔒')
  })

  it.each(['\x1b', '\r', '\n', '\x07', '\x9b', '\u202e', '\u2066', '\u200b', '\ufeff', '\u2028'])(
    'makes %j visible',
    (bad) => {
      expect(printable(`a${bad}b`)).toMatch(/^a\\u\{[0-9a-f]+\}b$/)
    }
  )
})

describe('hex', () => {
  it('is shown by its ends where it is long', () => {
    expect(shortHex(`x ${'ab'.repeat(48)} y`)).toBe('x abababababab…abababab y')
    expect(shortHex('00112233445566778899')).toBe('00112233445566778899')
  })

  it('is shown whole where two values would look the same', () => {
    const a = `${'00'.repeat(20)}11${'00'.repeat(20)}`
    const b = `${'00'.repeat(20)}22${'00'.repeat(20)}`
    expect(shortHexPair(a, b)).toEqual([a, b])
    expect(shortHexPair(`one of ${a}`, b)).toEqual([`one of ${a}`, b])
    expect(shortHexPair(`ff${a}`, b)).toEqual(['ff0000000000…00000000', '000000000000…00000000'])
  })
})

describe('checks', () => {
  const check = (title: string, outcome: Check['outcome'] = 'passed'): Check => ({ id: 'x', title, outcome, spec: '' })

  it('stand in two columns where both fit, in their order', () => {
    const checks = [
      check('one'),
      check('two'),
      check('a title that is much too long for half a line'),
      check('three', 'failed')
    ]
    expect(renderChecks(checks, style)).toEqual([
      '  ✓ one                                  ✓ two',
      '  ✓ a title that is much too long for half a line',
      '  ✗ three'
    ])
  })

  it.each([
    ['measurement is accepted', 'measurement is not accepted'],
    ['intermediate is not revoked', 'intermediate is revoked'],
    ['report and certificate name the same product', 'report and certificate do not name the same product'],
    ['security advisories are accepted', 'security advisories are not accepted'],
    ['every certificate is valid now', 'not every certificate is valid now'],
    ['something else', 'failed: something else']
  ])('that failed are said the other way round: %s', (title, negated) => {
    expect(negate(title)).toBe(negated)
  })
})

describe('JSON', () => {
  it('takes every value that errors and appraisals hold', () => {
    const value = {
      big: 1n,
      bytes: Uint8Array.of(1, 255),
      at: new Date(0),
      error: new Error('x'),
      list: [null, undefined]
    }
    expect(JSON.parse(toJson(value))).toEqual({
      big: '1',
      bytes: '01ff',
      at: '1970-01-01T00:00:00.000Z',
      error: 'x',
      list: [null, null]
    })
  })
})
