import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { concatBytes } from '../../packages/sdk/src/core/index.js'
import { encodeSnpCertificateTable } from '../../packages/sdk/src/evidence/index.js'
import { parseSnpCertificateTable, snpCertificateGuids } from '../../packages/sdk/src/evidence/snp/certificate-table.js'
import { codeOf } from '../support/coded.js'
import { describeWithVectors, readVector } from '../support/vectors.js'

const entries = [
  { guid: snpCertificateGuids.VCEK, bytes: Uint8Array.of(0x30, 1, 2) },
  { guid: snpCertificateGuids.ASK, bytes: Uint8Array.of(0x2d, 3) },
  { guid: 'ecae0c0f-9502-43b1-afa2-0ae2e0d565b6', bytes: Uint8Array.of(9) }
]

describe('parseSnpCertificateTable', () => {
  it('names the entries that hold certificates', () => {
    const table = parseSnpCertificateTable(encodeSnpCertificateTable(entries))
    expect(table.map(({ name }) => name)).toEqual(['VCEK', 'ASK', undefined])
    expect(table.map(({ bytes }) => bytes)).toEqual(entries.map(({ bytes }) => bytes))
  })

  it('takes the GUID in the order of its text', () => {
    const [first] = encodeSnpCertificateTable(entries)
    expect(first).toBe(0x63)
  })

  it('takes no bytes, an empty table, and padding to the page', () => {
    expect(parseSnpCertificateTable(new Uint8Array())).toEqual([])
    expect(parseSnpCertificateTable(new Uint8Array(4096))).toEqual([])
    expect(
      parseSnpCertificateTable(concatBytes(encodeSnpCertificateTable(entries), new Uint8Array(4000)))
    ).toHaveLength(3)
  })

  it.each([
    ['an entry that ends outside', patch(20, 0xff)],
    ['an entry whose length overflows', patch(20, 0xff, 0xff, 0xff, 0xff)],
    ['an entry whose offset overflows', patch(16, 0xff, 0xff, 0xff, 0xff)],
    ['an entry within the headers', patch(16, 24)],
    ['entries that overlap', patch(24 + 16, 96)],
    ['a GUID that stands twice', encodeSnpCertificateTable([entries[0], entries[0]].flatMap((entry) => entry ?? []))],
    ['a missing terminator', encodeSnpCertificateTable(entries).slice(0, 72)],
    ['half a header', encodeSnpCertificateTable(entries).slice(0, 40)],
    ['more entries than anybody has', encodeSnpCertificateTable(Array.from({ length: 33 }, (_, i) => entryNumber(i)))],
    ['more than 1 MiB', new Uint8Array((1 << 20) + 1)]
  ])('rejects %s', (_, bytes) => {
    expect(codeOf(() => parseSnpCertificateTable(bytes))).toBe('ERR_EVIDENCE_FORMAT')
  })

  it('throws nothing but coded errors for any bytes', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 300 }),
        (bytes) => typeof codeOf(() => parseSnpCertificateTable(bytes)) === 'string'
      )
    )
  })
})

describeWithVectors('certificate tables of real machines', () => {
  it('are read, with PEM inside', () => {
    const table = parseSnpCertificateTable(readVector('snp/genoa/veraison-auxblob.bin'))
    expect(table.map(({ name, bytes }) => [name, bytes.length, bytes[0]])).toEqual([
      ['ARK', 2277, 0x2d],
      ['ASK', 2325, 0x2d],
      ['VCEK', 1879, 0x2d]
    ])
  })
})

function patch(offset: number, ...values: readonly number[]): Uint8Array {
  const bytes = encodeSnpCertificateTable(entries)
  bytes.set(values, offset)
  return bytes
}

function entryNumber(i: number): { guid: string; bytes: Uint8Array } {
  return { guid: `63da758d-e664-4564-adc5-f4b93be8ac${(0x10 + i).toString(16)}`, bytes: new Uint8Array() }
}
