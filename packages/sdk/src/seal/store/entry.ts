// Entries as the index holds them. An encoded entry is what nodes and deltas carry; it is decoded when somebody asks for it.
import { assertNever, UsageError, utf8 } from '../../core/index.js'
import { decodeUtf8 } from '../../encoding/index.js'
import { ByteWriter } from './byte-writer.js'
import { minRefBytes, readRef, writeRef } from './object-ref.js'
import { parseRecord, type RecordReader } from './record-reader.js'
import type { Entry, Extent, FileEntry, ObjectRef } from './store.js'

const kinds = { file: 1, directory: 2, link: 3 } as const

/** Of an encoded entry: a file of some ten thousand extents. */
export const maxEntryBytes: number = 1 << 20

const maxTargetBytes = 4096

/** @throws UsageError ERR_USAGE_OPTION for an entry that is too large */
export function encodeEntry(entry: Entry): Uint8Array {
  const writer = new ByteWriter()
  writer.u8(kinds[entry.kind])
  writer.u64(entry.inode)
  writer.u32(entry.mode)
  for (const time of [entry.atimeMs, entry.mtimeMs, entry.ctimeMs, entry.birthtimeMs]) writer.f64(time)
  writeRest(writer, entry)
  if (writer.length > maxEntryBytes) throw tooLarge(entry, writer.length)
  return writer.finish()
}

/** @throws SealError ERR_SEALED_FORMAT */
export function parseEntry(bytes: Uint8Array): Entry {
  return parseRecord(bytes, 'entry', readEntry)
}

/** The objects that a file lies in, each once. */
export function objectsOf(entry: Entry): readonly ObjectRef[] {
  if (entry.kind !== 'file') return []
  const seen = new Map<string, ObjectRef>()
  for (const { object } of entry.extents) seen.set(`${object.blob}:${object.offset}`, object)
  return [...seen.values()]
}

function writeRest(writer: ByteWriter, entry: Entry): void {
  switch (entry.kind) {
    case 'file':
      writeFile(writer, entry)
      break
    case 'directory':
      break
    case 'link':
      writeTarget(writer, entry.target)
      break
    default:
      assertNever(entry)
  }
}

/** Objects first, each once, then the extents by their number: a file may show many parts of one object. */
function writeFile(writer: ByteWriter, entry: FileEntry): void {
  const objects = new Map<ObjectRef, number>()
  for (const { object } of entry.extents) if (!objects.has(object)) objects.set(object, objects.size)
  writer.size(entry.size)
  writer.u32(objects.size)
  for (const object of objects.keys()) writeRef(writer, object)
  writer.u32(entry.extents.length)
  for (const extent of entry.extents) {
    writer.size(extent.at)
    writer.size(extent.length)
    writer.size(extent.from)
    writer.u32(objects.get(extent.object) ?? 0)
  }
}

function writeTarget(writer: ByteWriter, target: string): void {
  const bytes = utf8(target)
  writer.u16(bytes.length)
  writer.bytes(bytes)
}

function readEntry(reader: RecordReader): Entry {
  const kind = reader.u8('kind')
  const base = {
    inode: reader.u64be('inode'),
    mode: reader.u32be('mode'),
    atimeMs: reader.f64('atimeMs'),
    mtimeMs: reader.f64('mtimeMs'),
    ctimeMs: reader.f64('ctimeMs'),
    birthtimeMs: reader.f64('birthtimeMs')
  }
  if (kind === kinds.file) return { kind: 'file', ...base, ...readFile(reader) }
  if (kind === kinds.directory) return { kind: 'directory', ...base }
  if (kind === kinds.link) return { kind: 'link', ...base, target: readTarget(reader) }
  throw reader.fail(`kind ${kind} is not known`, 'kind')
}

function readFile(reader: RecordReader): Pick<FileEntry, 'size' | 'extents'> {
  const size = reader.size('size')
  const objects = Array.from({ length: reader.count(minRefBytes, 'objects') }, () => readRef(reader))
  const extents = Array.from({ length: reader.count(28, 'extents') }, () => readExtent(reader, objects))
  return { size, extents }
}

function readExtent(reader: RecordReader, objects: readonly ObjectRef[]): Extent {
  const [at, length, from] = [reader.size('at'), reader.size('length'), reader.size('from')]
  const object = objects[reader.u32be('object')]
  if (object === undefined) throw reader.fail('extent names an object that is not there', 'object')
  if (!Number.isSafeInteger(at + length)) throw reader.fail('extent ends behind 2^53', 'length')
  if (from + length > object.sealedLength) throw reader.fail('extent ends behind its object', 'length')
  return { at, length, from, object }
}

function readTarget(reader: RecordReader): string {
  const length = reader.u16be('target')
  if (length > maxTargetBytes) throw reader.fail(`target must have at most ${maxTargetBytes} bytes`, 'target')
  const target = decodeUtf8(reader.bytes(length, 'target'))
  if (target === undefined) throw reader.fail('target is not UTF-8', 'target')
  return target
}

function tooLarge(entry: Entry, length: number): UsageError {
  const count = entry.kind === 'file' ? `, ${entry.extents.length} extents` : ''
  return new UsageError('ERR_USAGE_OPTION', `entry: expected at most ${maxEntryBytes} bytes, found ${length}${count}`, {
    details: { field: 'entry' }
  })
}
