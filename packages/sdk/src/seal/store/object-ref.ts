// References to objects as they stand in records: who the object is, and where its ciphertext lies.
import { fromHex, toHex, utf8 } from '../../core/index.js'
import { isName } from '../backends/names.js'
import type { ByteWriter } from './byte-writer.js'
import type { RecordReader } from './record-reader.js'
import type { ObjectRef } from './store.js'

/** The least that a reference takes. */
export const minRefBytes: number = 16 + 8 + 4 + 1 + 1 + 8 + 8

export function writeRef(writer: ByteWriter, ref: ObjectRef): void {
  writer.bytes(ref.objectId)
  writer.u64(ref.generation)
  writer.u32(ref.epoch)
  writeBlob(writer, ref.blob)
  writer.size(ref.offset)
  writer.size(ref.sealedLength)
}

export function readRef(reader: RecordReader): ObjectRef {
  const ref = {
    objectId: reader.bytes(16, 'objectId'),
    generation: reader.u64be('generation'),
    epoch: reader.u32be('epoch'),
    blob: readBlob(reader),
    offset: reader.size('offset'),
    sealedLength: reader.size('sealedLength')
  }
  if (!Number.isSafeInteger(ref.offset + ref.sealedLength)) throw reader.fail('object ends behind 2^53', 'sealedLength')
  return ref
}

export function writeOptionalRef(writer: ByteWriter, ref: ObjectRef | undefined): void {
  writer.u8(ref === undefined ? 0 : 1)
  if (ref !== undefined) writeRef(writer, ref)
}

export function readOptionalRef(reader: RecordReader, field: string): ObjectRef | undefined {
  return reader.flag(field) ? readRef(reader) : undefined
}

const packed = /^[0-9a-f]{32}$/

/** Names of blobs are 16 random bytes in hex nearly always, and are kept as such: length 0. */
function writeBlob(writer: ByteWriter, blob: string): void {
  const isPacked = packed.test(blob)
  const bytes = isPacked ? fromHex(blob) : utf8(blob)
  writer.u8(isPacked ? 0 : bytes.length)
  writer.bytes(bytes)
}

function readBlob(reader: RecordReader): string {
  const length = reader.u8('blob')
  if (length === 0) return toHex(reader.bytes(16, 'blob'))
  const blob = String.fromCharCode(...reader.bytes(length, 'blob'))
  if (!isName(blob) || packed.test(blob)) throw reader.fail('blob must be a name in its shortest form', 'blob')
  return blob
}
