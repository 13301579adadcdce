// Reads any DER, all of it, trying the typed readers on whatever comes.
import { readBigInteger } from '../../packages/sdk/src/encoding/der-big-integer.js'
import { type DerReader, derTag } from '../../packages/sdk/src/encoding/index.js'

const typed: readonly (readonly [tag: number, read: (reader: DerReader) => unknown])[] = [
  [derTag.integer, (reader) => readBigInteger(reader, 'integer', 600)],
  [derTag.oid, (reader) => reader.oid('oid')],
  [derTag.boolean, (reader) => reader.boolean('boolean')],
  [derTag.null, (reader) => reader.null('null')],
  [derTag.bitString, (reader) => reader.bitStringBytes('bit string')],
  [derTag.octetString, (reader) => reader.octetString('octet string')],
  [derTag.utcTime, (reader) => reader.time('time')],
  [derTag.generalizedTime, (reader) => reader.time('time')]
]

export function walkDer(reader: DerReader, depth = 0): void {
  while (!reader.atEnd) {
    const known = typed.find(([tag]) => reader.isNext(tag))
    if (known !== undefined) known[1](reader)
    else if (reader.isNext(derTag.sequence)) walkDer(reader.sequence('sequence'), depth + 1)
    else if (reader.isNext(derTag.set)) walkDer(reader.set('set'), depth + 1)
    else reader.element('element')
  }
  reader.end()
}
