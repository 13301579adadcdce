import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { utf8 } from '../../packages/sdk/src/core/index.js'
import { encodePem, isPem, parsePem } from '../../packages/sdk/src/encoding/pem.js'
import { codeOf, expectRefusal } from './refusal.js'

const bytes = Uint8Array.from({ length: 100 }, (_, i) => i)
const block = encodePem('CERTIFICATE', bytes)
const [begin = '', first = '', ...others] = block.trimEnd().split('\n')

describe('PEM', () => {
  it('writes lines of 64 characters', () => {
    expect(first).toHaveLength(64)
    expect(block.endsWith('-----END CERTIFICATE-----\n')).toBe(true)
  })

  it('reads several blocks in their order, from text or bytes', () => {
    const other = encodePem('X509 CRL', Uint8Array.of(1))
    const expected = [
      { label: 'CERTIFICATE', bytes },
      { label: 'X509 CRL', bytes: Uint8Array.of(1) }
    ]
    expect(parsePem(block + other)).toEqual(expected)
    expect(parsePem(utf8(`\n${block}\n\n${other}\n`))).toEqual(expected)
  })

  it('takes CRLF, a missing last line break and NUL bytes at the end, as real quotes have them', () => {
    expect(parsePem(block.replaceAll('\n', '\r\n'))).toEqual([{ label: 'CERTIFICATE', bytes }])
    expect(parsePem(block.trimEnd())).toHaveLength(1)
    expect(parsePem(`${block}\0`)).toHaveLength(1)
    expect(parsePem(`${block.trimEnd()}\0\0\0`)).toHaveLength(1)
  })

  it.each([
    ['nothing', ''],
    ['white space only', '\n\n'],
    ['text before a block', `subject=x\n${block}`],
    ['text after a block', `${block}x`],
    ['a NUL in the middle', `${block}\0${block}`],
    ['no end', `${begin}\n${first}\n`],
    ['no beginning', `${first}\n${others.join('\n')}`],
    ['another end than beginning', block.replace('END CERTIFICATE', 'END X509 CRL')],
    ['an empty body', '-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n'],
    ['an empty line in the body', [begin, first, '', ...others].join('\n')],
    ['headers', [begin, 'Proc-Type: 4,ENCRYPTED', first, ...others].join('\n')],
    ['spaces', [begin, ` ${first}`, ...others].join('\n')],
    ['a lower-case label', block.replaceAll('CERTIFICATE', 'certificate')],
    ['stray text on the BEGIN line', block.replace('BEGIN CERTIFICATE-----', 'BEGIN CERTIFICATE-----x')],
    ['bytes that are no text', Uint8Array.of(0x2d, 0xff)],
    ['33 blocks', block.repeat(33)],
    ['more than 1 MiB', block.repeat(8000)]
  ])('refuses %s', (_, text) => expectRefusal(() => parsePem(text), 'ERR_ENCODING_PEM'))

  it('refuses a megabyte of NUL bytes before the text at once', () => {
    const start = performance.now()
    expectRefusal(() => parsePem(`${'\0'.repeat(1_000_000)}x`), 'ERR_ENCODING_PEM')
    expect(performance.now() - start).toBeLessThan(500)
  })

  it('refuses another label than the one asked for', () => {
    expect(parsePem(block, 'CERTIFICATE')).toHaveLength(1)
    expectRefusal(() => parsePem(block, 'X509 CRL'), 'ERR_ENCODING_PEM')
  })

  it('refuses every cut of a block', () => {
    for (let length = 0; length < block.length - 1; length++) {
      expectRefusal(() => parsePem(block.slice(0, length)), 'ERR_ENCODING_PEM')
    }
  })

  it('tells PEM from DER by the first byte', () => {
    expect(isPem(utf8(block))).toBe(true)
    expect(isPem(Uint8Array.of(0x30, 0))).toBe(false)
    expect(isPem(new Uint8Array())).toBe(false)
  })

  it('reads back any bytes, and is total', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 200 }), (any) => {
        expect(parsePem(encodePem('ANY THING', any))).toEqual([{ label: 'ANY THING', bytes: any }])
      })
    )
    const lines = fc.array(fc.constantFrom(begin, first, ...others, '', '\0', 'x', '-----'), { maxLength: 8 })
    fc.assert(fc.property(lines, (text) => void codeOf(() => parsePem(text.join('\n')))))
  })
})
