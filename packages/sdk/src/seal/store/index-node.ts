// Nodes of the index, a B-tree: leaves (level 0) hold encoded entries, the others references to nodes one level below.
import { ByteWriter } from './byte-writer.js'
import { bytesOfKey, type IndexKey, keyOfBytes, prefixLength } from './index-key.js'
import { minRefBytes, readRef, writeRef } from './object-ref.js'
import { parseRecord, type RecordReader } from './record-reader.js'
import type { ObjectRef } from './store.js'

export interface LeafNode {
  readonly level: 0
  readonly keys: readonly IndexKey[]
  readonly values: readonly Uint8Array[]
}

/** `keys[i]` is the least key that may stand below `children[i]`. */
export interface InnerNode {
  readonly level: number
  readonly keys: readonly IndexKey[]
  readonly children: readonly ObjectRef[]
}

export type IndexNode = LeafNode | InnerNode

/** Of the plaintext. Larger ones have a single large entry. */
export const targetNodeBytes = 8192
/** A level more than 10^14 entries need. */
export const maxLevel = 12

export function isLeaf(node: IndexNode): node is LeafNode {
  return node.level === 0
}

/** What an item adds to the size of its node. Shared beginnings of keys make it less. */
export function leafItemBytes(key: IndexKey, value: Uint8Array): number {
  return 8 + key.length + value.length
}

export function innerItemBytes(key: IndexKey, child: ObjectRef): number {
  return 4 + key.length + minRefBytes + 16 + (child.blob.length === 32 ? 0 : child.blob.length - 16)
}

/** At least `paddedLength` bytes. */
export function encodeNode(node: IndexNode, paddedLength = 0): Uint8Array {
  const writer = new ByteWriter(targetNodeBytes)
  writer.u8(node.level)
  writer.u32(node.keys.length)
  let previous = ''
  node.keys.forEach((key, i) => {
    writeKey(writer, previous, key)
    writeItem(writer, node, i)
    previous = key
  })
  writer.zeros(Math.max(0, paddedLength - writer.length))
  return writer.finish()
}

/** @throws SealError ERR_SEALED_FORMAT */
export function parseNode(bytes: Uint8Array): IndexNode {
  return parseRecord(bytes, 'index node', (reader) => {
    const level = reader.u8('level')
    if (level > maxLevel) throw reader.fail(`level must be at most ${maxLevel}, found ${level}`, 'level')
    const node = level === 0 ? readLeaf(reader) : readInner(reader, level)
    reader.zeros(reader.remaining, 'padding')
    return node
  })
}

function writeKey(writer: ByteWriter, previous: IndexKey, key: IndexKey): void {
  const shared = sharedLength(previous, key)
  writer.u16(shared)
  writer.u16(key.length - shared)
  writer.bytes(bytesOfKey(key.slice(shared)))
}

function sharedLength(a: string, b: string): number {
  const end = Math.min(a.length, b.length)
  let i = 0
  while (i < end && a.charCodeAt(i) === b.charCodeAt(i)) i++
  return i
}

function writeItem(writer: ByteWriter, node: IndexNode, i: number): void {
  if (isLeaf(node))
    writeValue(writer, node.values[i] as Uint8Array) // there is one for each key
  else writeRef(writer, node.children[i] as ObjectRef) // there is one for each key
}

function writeValue(writer: ByteWriter, value: Uint8Array): void {
  writer.u32(value.length)
  writer.bytes(value)
}

function readLeaf(reader: RecordReader): LeafNode {
  const values: Uint8Array[] = []
  const keys = readKeys(reader, 8, () => values.push(reader.bytes(reader.u32be('length of a value'), 'value')))
  return { level: 0, keys, values }
}

function readInner(reader: RecordReader, level: number): InnerNode {
  const children: ObjectRef[] = []
  const keys = readKeys(reader, 4 + minRefBytes, () => children.push(readRef(reader)))
  if (children.length === 0) throw reader.fail('a node above the leaves must have children', 'count')
  return { level, keys, children }
}

function readKeys(reader: RecordReader, least: number, readItem: () => void): IndexKey[] {
  const count = reader.count(least, 'count')
  const keys: IndexKey[] = []
  for (let i = 0; i < count; i++) {
    keys.push(readKey(reader, keys.at(-1)))
    readItem()
  }
  return keys
}

function readKey(reader: RecordReader, previous: IndexKey | undefined): IndexKey {
  const shared = reader.u16be('shared')
  if (shared > (previous?.length ?? 0)) throw reader.fail('key shares more than the one before it has', 'shared')
  const key = (previous?.slice(0, shared) ?? '') + keyOfBytes(reader.bytes(reader.u16be('length of a key'), 'key'))
  if (previous !== undefined && key <= previous) throw reader.fail('keys must ascend', 'key')
  if (previous !== undefined && sharedLength(previous, key) !== shared)
    throw reader.fail('shared is not exact', 'shared')
  if (key.length < prefixLength) throw reader.fail(`key must have at least ${prefixLength} bytes`, 'key')
  return key
}
