import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { concatBytes, utf8 } from '../../packages/sdk/src/core/index.js'
import { encodeBase64Url } from '../../packages/sdk/src/encoding/base64.js'
import { encodeCbor } from '../../packages/sdk/src/encoding/cbor-encode.js'
import type { CborValue } from '../../packages/sdk/src/encoding/index.js'
import { decodeEvidence } from '../../packages/sdk/src/evidence/cmw/decode-evidence.js'
import { encodeEvidence } from '../../packages/sdk/src/evidence/cmw/encode-evidence.js'
import { type Evidence, mediaTypes } from '../../packages/sdk/src/evidence/index.js'
import { codeOf } from '../support/coded.js'
import { reportBytes } from '../support/snp-report.js'

const { snpReport, certificate } = mediaTypes
const report = reportBytes()
const alone: Evidence = { kind: 'snp', bytes: report, endorsements: [] }
const endorsed: Evidence = {
  ...alone,
  endorsements: [
    { mediaType: certificate, bytes: Uint8Array.of(0x30, 1) },
    { mediaType: 'application/x-of-somebody-else', bytes: new Uint8Array() }
  ]
}

describe.each(['cbor', 'json'] as const)('a CMW in %s', (format) => {
  it('carries evidence alone as a record', () => {
    const bytes = encodeEvidence(alone, { format })
    expect(bytes[0]).toBe(format === 'cbor' ? 0x83 : 0x5b)
    expect(decodeEvidence(bytes)).toEqual(alone)
  })

  it('carries evidence with endorsements as a collection', () => {
    const bytes = encodeEvidence(endorsed, { format })
    expect(bytes[0]).toBe(format === 'cbor' ? 0xa3 : 0x7b)
    expect(decodeEvidence(bytes)).toEqual(endorsed)
  })

  it('carries anything', () => {
    const item = fc.record({ mediaType: fc.constantFrom(certificate, 'a/b'), bytes: fc.uint8Array({ maxLength: 50 }) })
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), fc.array(item, { maxLength: 20 }), (bytes, endorsements) => {
        const evidence: Evidence = { kind: 'snp', bytes, endorsements }
        expect(decodeEvidence(encodeEvidence(evidence, { format }))).toEqual(evidence)
      })
    )
  })

  it('throws nothing but coded errors when it is damaged', () => {
    const bytes = encodeEvidence({ ...endorsed, bytes: report.slice(0, 8) }, { format })
    for (let bit = 0; bit < 8 * bytes.length; bit++) {
      codeOf(() => decodeEvidence(bytes.with(bit >> 3, (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7)))))
    }
    for (let length = 0; length < bytes.length; length++) {
      expect(codeOf(() => decodeEvidence(bytes.slice(0, length)))).not.toBe('none')
    }
    expect(codeOf(() => decodeEvidence(concatBytes(bytes, Uint8Array.of(1))))).not.toBe('none')
  })
})

describe('decodeEvidence', () => {
  it('takes a record without indicator for what its media type says', () => {
    expect(decodeEvidence(encodeCbor([snpReport, report]))).toEqual(alone)
    expect(decodeEvidence(utf8(JSON.stringify([snpReport, encodeBase64Url(report)])))).toEqual(alone)
  })

  it('takes labels that are numbers, and the type of a collection', () => {
    const map = new Map<number | string, CborValue>([
      ['__cmwc_t', 'tag:example.com,2026:x'],
      [1, [snpReport, report, 4]]
    ])
    expect(decodeEvidence(encodeCbor(map))).toEqual(alone)
  })

  it('takes media types in any case', () => {
    expect(decodeEvidence(encodeCbor([snpReport.toUpperCase(), report, 4]))).toEqual(alone)
  })

  const member = [snpReport, report, 4]
  it.each([
    ['nothing', new Uint8Array()],
    ['a number', encodeCbor(7)],
    ['a report without wrapper', report],
    ['two pieces of evidence', collection({ a: member, b: member })],
    ['a collection without evidence', collection({ a: [certificate, report, 2] })],
    ['an empty collection', collection({})],
    ['reference values', collection({ a: member, b: [certificate, report, 1] })],
    ['an attestation result', encodeCbor(['a/b', report, 8])],
    ['an unknown item without indicator', collection({ a: member, b: ['a/b', report] })],
    ['an indicator of zero', encodeCbor([snpReport, report, 0])],
    ['an indicator of 16', encodeCbor([snpReport, report, 16])],
    ['a record of one field', encodeCbor(new Map([['a', [snpReport]]]))],
    ['a record of four fields', encodeCbor(new Map([['a', [snpReport, report, 4, 4]]]))],
    ['a value that is text', encodeCbor([snpReport, 'text', 4])],
    ['the number of a content format', encodeCbor([10572, report, 4])],
    ['a media type that is none', encodeCbor(['evidence', report, 4])],
    ['a tunnel', collection({ a: ['#cmw-j2c-tunnel', report] })],
    ['a collection in a collection', collection({ a: new Map([['b', member]]) })],
    [
      'more members than 32',
      collection(
        Object.fromEntries(Array.from({ length: 33 }, (_, i) => [`m${i}`, [certificate, report.slice(0, 9), 2]]))
      )
    ],
    ['a tag', encodeCbor({ tag: 1668576818, value: report })]
  ])('rejects %s', (_, bytes) => {
    expect(codeOf(() => decodeEvidence(bytes))).toBe('ERR_CMW_FORMAT')
  })

  it.each([
    ['text that is no base64url', '["a/b","+/",4]', 'ERR_ENCODING_BASE64'],
    ['keys that repeat', '{"a":["a/b","",4],"a":["a/b","",4]}', 'ERR_ENCODING_JSON'],
    ['a value that is an array', '["a/b",[],4]', 'ERR_CMW_FORMAT'],
    ['deep nesting', `${'['.repeat(1000)}${']'.repeat(1000)}`, 'ERR_ENCODING_JSON'],
    ['a prototype', '{"__proto__":["a/b","",2]}', 'ERR_CMW_FORMAT']
  ])('rejects JSON with %s', (_, text, code) => {
    expect(codeOf(() => decodeEvidence(utf8(text)))).toBe(code)
  })

  it('rejects 16 MB of nested CBOR unread', () => {
    expect(codeOf(() => decodeEvidence(new Uint8Array(16 << 20).fill(0x82)))).toBe('ERR_ENCODING_CBOR')
    expect(codeOf(() => decodeEvidence(new Uint8Array(4096).fill(0x82)))).toBe('ERR_ENCODING_CBOR')
  })

  it.each([
    ['with an indicator', encodeCbor(['application/eat+cwt', report, 4])],
    ['without one', encodeCbor(['application/eat+cwt', report])]
  ])('says that evidence of another family is not supported, %s', (_, bytes) => {
    expect(codeOf(() => decodeEvidence(bytes))).toBe('ERR_KIND_UNSUPPORTED')
  })
})

describe('encodeEvidence', () => {
  it('rejects what a verifier would not read', () => {
    const many = Array.from({ length: 32 }, () => ({ mediaType: certificate, bytes: new Uint8Array() }))
    expect(codeOf(() => encodeEvidence({ ...alone, endorsements: many }))).toBe('ERR_USAGE_OPTION')
    const large = [{ mediaType: certificate, bytes: new Uint8Array(1 << 20) }]
    expect(codeOf(() => encodeEvidence({ ...alone, endorsements: large }))).toBe('ERR_USAGE_OPTION')
  })
})

function collection(members: Readonly<Record<string, CborValue>>): Uint8Array {
  return encodeCbor(new Map(Object.entries(members)))
}
