// Root records: what the newest version of a store is. 4096 bytes: a header in the clear, by which the key is found, and a sealed body that repeats
// the header's hash. Each holds the hash of the record before it.

import { crypto } from '#crypto'
import { equalBytes, isZero, SealError, UsageError, utf8 } from '../../core/index.js'
import { isName } from '../backends/names.js'
import type { ObjectSealer } from '../format/object-sealer.js'
import { ByteWriter } from './byte-writer.js'
import { readOptionalRef, writeOptionalRef } from './object-ref.js'
import { parseRecord, type RecordReader } from './record-reader.js'
import type { ObjectRef } from './store.js'

export const rootBytes = 4096
const headerBytes = 128
const magic: Uint8Array = utf8('tresor\u0000\u0001')

/** The number of each suite in records. The caller says which one a store has; a record with another is refused. */
const suites = { 'cobblestone-256': 1 } as const

export type Suite = keyof typeof suites

/** Known to whoever holds the disk. */
export interface RootHeader {
  readonly storeId: Uint8Array
  readonly epoch: number
  readonly sequence: bigint
  /** Of the sealed body, 16 bytes. */
  readonly objectId: Uint8Array
  /** The keyring that has the key. */
  readonly keyring: string
}

export interface RootBody {
  /** SHA-256 of the record before; zeros in the first. */
  readonly previousHash: Uint8Array
  /** `undefined` while there are no entries. */
  readonly index: ObjectRef | undefined
  /** The newest delta on top of the index. */
  readonly delta: ObjectRef | undefined
  readonly deltaCount: number
  /** Roughly, all deltas together. */
  readonly deltaBytes: number
  readonly nextInode: bigint
  /** Objects of older epochs are refused. */
  readonly minEpoch: number
  /** SHA-256 of the keyring. */
  readonly keyringHash: Uint8Array
  /** 16 bytes, new whenever a store is opened for writing. */
  readonly writerId: Uint8Array
  /** By the clock of the writer, for people. */
  readonly savedAtMs: number
}

export interface RootRecord extends RootHeader, RootBody {}

/** Exactly 4096 bytes. */
export async function encodeRoot(root: RootRecord, suite: Suite, sealer: ObjectSealer): Promise<Uint8Array> {
  const header = encodeHeader(root, suite)
  const body = encodeBody(root, await crypto.hash('sha256', header))
  const length = rootBytes - headerBytes - sealer.sealedLength(0)
  if (body.length > length) throw new UsageError('ERR_USAGE_OPTION', 'root record: does not fit', {})
  body.zeros(length - body.length)
  const record = new Uint8Array(rootBytes)
  record.set(header)
  record.set(sealer.seal(identityOf(root), body.finish()), headerBytes)
  return record
}

/** @throws SealError ERR_SEALED_FORMAT, ERR_SEALED_SUITE */
export function parseRootHeader(record: Uint8Array, suite: Suite): RootHeader {
  if (record.length !== rootBytes) {
    throw new SealError('ERR_SEALED_FORMAT', `root record: expected ${rootBytes} bytes, found ${record.length}`)
  }
  return parseRecord(record.subarray(0, headerBytes), 'root record', (reader) => readHeader(reader, suite))
}

/** @throws SealError ERR_SEALED_AUTH, ERR_SEALED_FORMAT */
export async function openRoot(record: Uint8Array, header: RootHeader, sealer: ObjectSealer): Promise<RootRecord> {
  const plaintext = sealer.open(identityOf(header), record.subarray(headerBytes))
  const { headerHash, ...body } = parseRecord(plaintext, 'root record', readBody)
  if (!equalBytes(headerHash, await crypto.hash('sha256', record.subarray(0, headerBytes)))) {
    throw new SealError('ERR_SEALED_AUTH', 'root record: the header was changed')
  }
  return { ...header, ...body }
}

function identityOf({ storeId, objectId, sequence, epoch }: RootHeader) {
  return { storeId, objectId, generation: sequence, epoch, kind: 'root' } as const
}

function encodeHeader(root: RootHeader, suite: Suite): Uint8Array {
  const writer = new ByteWriter(headerBytes)
  writer.bytes(magic)
  writer.u8(suites[suite])
  writer.zeros(3)
  writer.bytes(root.storeId)
  writer.u32(root.epoch)
  writer.u64(root.sequence)
  writer.bytes(root.objectId)
  writer.u8(root.keyring.length)
  writer.bytes(utf8(root.keyring))
  writer.zeros(headerBytes - writer.length)
  return writer.finish()
}

function readHeader(reader: RecordReader, suite: Suite): RootHeader {
  if (!equalBytes(reader.bytes(magic.length, 'magic'), magic)) throw reader.fail('this is none', 'magic')
  expectSuite(reader.u8('suite'), suite)
  reader.zeros(3, 'reserved')
  const header = {
    storeId: reader.bytes(16, 'storeId'),
    epoch: reader.u32be('epoch'),
    sequence: reader.u64be('sequence'),
    objectId: reader.bytes(16, 'objectId'),
    keyring: String.fromCharCode(...reader.bytes(Math.min(reader.u8('keyring'), 64), 'keyring'))
  }
  if (!isName(header.keyring)) throw reader.fail('keyring must be a name', 'keyring')
  reader.zeros(reader.remaining, 'reserved')
  return header
}

function expectSuite(found: number, suite: Suite): void {
  if (found === suites[suite]) return
  throw new SealError('ERR_SEALED_SUITE', `root record: expected suite ${suite}, found number ${found}`, {
    details: { field: 'suite', expected: suite, actual: String(found) }
  })
}

function encodeBody(root: RootBody, headerHash: Uint8Array): ByteWriter {
  const writer = new ByteWriter(rootBytes)
  writer.bytes(headerHash)
  writer.bytes(root.previousHash)
  writeOptionalRef(writer, root.index)
  writeOptionalRef(writer, root.delta)
  writer.u32(root.deltaCount)
  writer.size(root.deltaBytes)
  writer.u64(root.nextInode)
  writer.u32(root.minEpoch)
  writer.bytes(root.keyringHash)
  writer.bytes(root.writerId)
  writer.f64(root.savedAtMs)
  return writer
}

function readBody(reader: RecordReader): RootBody & { headerHash: Uint8Array } {
  const body = {
    headerHash: reader.bytes(32, 'headerHash'),
    previousHash: reader.bytes(32, 'previousHash'),
    index: readOptionalRef(reader, 'index'),
    delta: readOptionalRef(reader, 'delta'),
    deltaCount: reader.u32be('deltaCount'),
    deltaBytes: reader.size('deltaBytes'),
    nextInode: reader.u64be('nextInode'),
    minEpoch: reader.u32be('minEpoch'),
    keyringHash: reader.bytes(32, 'keyringHash'),
    writerId: reader.bytes(16, 'writerId'),
    savedAtMs: reader.f64('savedAtMs')
  }
  reader.zeros(reader.remaining, 'padding')
  if ((body.deltaCount === 0) !== (body.delta === undefined)) throw reader.fail('deltas and their number differ')
  return body
}

/** True for a slot that was never written: nothing, or zeros. */
export function isEmptySlot(slot: Uint8Array): boolean {
  return isZero(slot)
}
