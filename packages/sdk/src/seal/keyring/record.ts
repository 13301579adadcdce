// A keyring as bytes, in fixed order and big endian:
//
// "TRSRKEYS" ‖ u8 version ‖ u8 suite ‖ u16 flags (bit 0: unrecoverable) ‖ store id 16 ‖ u32 epoch ‖ u32 serial ‖ commitment 32 ‖ previous
// digest 32 ‖ u16 length, owner key ‖ u16 count, slots ‖ slot secrets ‖ u16 count, u32 old epochs ‖ old keys ‖ link 32 ‖ MAC 32
//
// A slot: id 16 ‖ u32 epoch ‖ u8 survival ‖ u8 length, kind ‖ u16 length, parameters ‖ u16 length, body ‖ public key 32 ‖ share 136.
// Everything before the MAC is under it, and the reader takes one encoding only.
import { SealError, utf8 } from '../../core/index.js'
import { decodeUtf8 } from '../../encoding/index.js'
import type { Stanza } from '../keys/key-source.js'
import { maxOwnerKeyBytes } from '../keys/owner-key.js'
import { keyBytes, kindPattern, maxBodyBytes, maxParameterBytes } from '../keys/stanza.js'
import { wrappedLength } from '../keys/wrap-secret.js'
import { envelopeLength } from '../keys/x25519.js'
import { ByteWriter } from '../store/byte-writer.js'
import { parseRecord, type RecordReader } from '../store/record-reader.js'

export const maxSlots = 32
export const maxOldEpochs = 256

export const hashBytes = 32
const magic = utf8('TRSRKEYS')
const version = 1

export interface SlotRecord {
  readonly id: Uint8Array
  readonly addedIn: number
  readonly isDurable: boolean
  readonly stanza: Stanza
  /** X25519, from the secret that the stanza wraps. */
  readonly publicKey: Uint8Array
  /** The newest epoch's key for this slot. */
  readonly share: Uint8Array
}

export interface KeyringBody {
  readonly suite: number
  readonly isUnrecoverable: boolean
  readonly storeId: Uint8Array
  readonly epoch: number
  /** Counts keyrings of the store from 1. */
  readonly serial: number
  readonly commitment: Uint8Array
  /** SHA-256 of the keyring before; zeros in the first. */
  readonly previous: Uint8Array
  /** Empty where nobody may sign upgrade tokens. */
  readonly ownerKey: Uint8Array
  readonly slots: readonly SlotRecord[]
  /** The secret of each slot that its share needs beside the public key, under the newest epoch's key. */
  readonly slotSecrets: Uint8Array
  readonly oldEpochs: readonly number[]
  /** Their keys, under the newest epoch's key; empty for none. */
  readonly oldKeys: Uint8Array
}

/** Of a `KeyringBody`: what link and MAC are made over. */
export interface KeyringRecord extends KeyringBody {
  readonly link: Uint8Array
  readonly mac: Uint8Array
}

export function encodeBody(body: KeyringBody): Uint8Array {
  const out = new ByteWriter(4096)
  out.bytes(magic)
  out.u8(version)
  out.u8(body.suite)
  out.u16(body.isUnrecoverable ? 1 : 0)
  out.bytes(body.storeId)
  out.u32(body.epoch)
  out.u32(body.serial)
  out.bytes(body.commitment)
  out.bytes(body.previous)
  writeSized(out, body.ownerKey)
  out.u16(body.slots.length)
  for (const slot of body.slots) writeSlot(out, slot)
  out.bytes(body.slotSecrets)
  out.u16(body.oldEpochs.length)
  for (const epoch of body.oldEpochs) out.u32(epoch)
  out.bytes(body.oldKeys)
  return out.finish()
}

/** @throws SealError ERR_SEALED_FORMAT, ERR_SEALED_SUITE for another suite than `suite` */
export function parseKeyring(bytes: Uint8Array, suite: number): KeyringRecord {
  if (bytes.length > 1 << 20) throw new SealError('ERR_SEALED_FORMAT', 'keyring: longer than 1 MiB')
  return parseRecord(bytes, 'keyring', (reader) => readKeyring(reader, suite))
}

function readKeyring(reader: RecordReader, suite: number): KeyringRecord {
  expectSame(reader, magic, 'magic')
  if (reader.u8('version') !== version) throw reader.fail(`expected version ${version}`, 'version')
  expectSuite(reader.u8('suite'), suite)
  const flags = reader.u16be('flags')
  if (flags > 1) throw reader.fail('reserved flags must be zero', 'flags')
  const head = {
    suite,
    isUnrecoverable: flags === 1,
    storeId: reader.bytes(16, 'store id'),
    epoch: expectPositive(reader, reader.u32be('epoch'), 'epoch'),
    serial: expectPositive(reader, reader.u32be('serial'), 'serial'),
    commitment: reader.bytes(hashBytes, 'commitment'),
    previous: reader.bytes(hashBytes, 'previous digest'),
    ownerKey: readSized(reader, maxOwnerKeyBytes, 'owner key')
  }
  const slots = readSlots(reader)
  const slotSecrets = reader.bytes(wrappedLength(keyBytes * slots.length), 'slot secrets')
  const oldEpochs = readOldEpochs(reader, head.epoch)
  const oldKeys = reader.bytes(oldEpochs.length === 0 ? 0 : wrappedLength(keyBytes * oldEpochs.length), 'old keys')
  return {
    ...head,
    slots,
    slotSecrets,
    oldEpochs,
    oldKeys,
    link: reader.bytes(hashBytes, 'link'),
    mac: reader.bytes(hashBytes, 'MAC')
  }
}

function expectSuite(found: number, suite: number): void {
  if (found !== suite)
    throw new SealError('ERR_SEALED_SUITE', 'keyring: for another suite than the one that is demanded')
}

function readSlots(reader: RecordReader): readonly SlotRecord[] {
  const count = reader.u16be('slot count')
  if (count < 1 || count > maxSlots) throw reader.fail(`expected 1 to ${maxSlots} slots, found ${count}`, 'slot count')
  return Array.from({ length: count }, () => readSlot(reader))
}

function readSlot(reader: RecordReader): SlotRecord {
  return {
    id: reader.bytes(16, 'slot id'),
    addedIn: expectPositive(reader, reader.u32be('slot epoch'), 'slot epoch'),
    isDurable: reader.flag('survival'),
    stanza: {
      kind: readKind(reader),
      parameters: readSized(reader, maxParameterBytes, 'parameters'),
      body: readSized(reader, maxBodyBytes, 'wrapped key')
    },
    publicKey: reader.bytes(32, 'slot public key'),
    share: reader.bytes(envelopeLength(keyBytes), 'share')
  }
}

function readKind(reader: RecordReader): string {
  const kind = decodeUtf8(reader.bytes(reader.u8('kind length'), 'kind'))
  if (kind === undefined || !kindPattern.test(kind)) throw reader.fail('a kind has 1 to 64 of a-z, 0-9 and -', 'kind')
  return kind
}

function readOldEpochs(reader: RecordReader, newest: number): readonly number[] {
  const count = reader.u16be('old epoch count')
  if (count > maxOldEpochs) throw reader.fail(`expected at most ${maxOldEpochs} old epochs, found ${count}`)
  const epochs = Array.from({ length: count }, () => expectPositive(reader, reader.u32be('old epoch'), 'old epoch'))
  if (epochs.every((epoch, i) => epoch < (epochs[i + 1] ?? newest))) return epochs
  throw reader.fail('old epochs must ascend to the newest', 'old epoch')
}

function expectPositive(reader: RecordReader, value: number, field: string): number {
  if (value === 0) throw reader.fail(`${field} must not be 0`, field)
  return value
}

function expectSame(reader: RecordReader, expected: Uint8Array, field: string): void {
  const found = reader.bytes(expected.length, field)
  if (!expected.every((byte, i) => byte === found[i])) throw reader.fail('not a keyring of this kind', field)
}

function writeSlot(out: ByteWriter, { id, addedIn, isDurable, stanza, publicKey, share }: SlotRecord): void {
  out.bytes(id)
  out.u32(addedIn)
  out.u8(isDurable ? 1 : 0)
  out.u8(stanza.kind.length)
  out.bytes(utf8(stanza.kind))
  writeSized(out, stanza.parameters)
  writeSized(out, stanza.body)
  out.bytes(publicKey)
  out.bytes(share)
}

function writeSized(out: ByteWriter, bytes: Uint8Array): void {
  out.u16(bytes.length)
  out.bytes(bytes)
}

function readSized(reader: RecordReader, max: number, field: string): Uint8Array {
  const length = reader.u16be(`${field} length`)
  if (length > max) throw reader.fail(`${field}: expected at most ${max} bytes, found ${length}`, field)
  return reader.bytes(length, field)
}
