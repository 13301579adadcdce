// What stands before the message in a sealed file or value, in fixed order and big endian:
//
// "TRSRFILE" ‖ u8 version ‖ u8 suite ‖ u8 use ‖ u8 zero ‖ u32 length of the header ‖ id 16 ‖ u16 count, stanzas ‖ MAC 32
//
// A stanza: u8 length, kind ‖ u16 length, parameters ‖ u16 length, body. Everything before the MAC is under it, and the reader takes one
// encoding only. After the header: one Cobblestone-256 message.
import { SealError, utf8 } from '../../../core/index.js'
import { decodeUtf8 } from '../../../encoding/index.js'
import type { Stanza } from '../../keys/key-source.js'
import { kindPattern, maxBodyBytes, maxParameterBytes } from '../../keys/stanza.js'
import { ByteWriter } from '../../store/byte-writer.js'
import { parseRecord, type RecordReader } from '../../store/record-reader.js'

export const maxStanzas = 32
/** Magic, version, suite, use, zero and length. */
export const prefixBytes = 16
export const macBytes = 32
/** The longest that can be: all stanzas, all of them full. */
export const maxHeaderBytes: number = prefixBytes + 18 + maxStanzas * (69 + maxParameterBytes + maxBodyBytes) + macBytes

const magic = utf8('TRSRFILE')
const version = 1
const cobblestone256 = 1
const useNumbers = { file: 1, value: 2 } as const

export type ContainerUse = keyof typeof useNumbers

export interface ContainerHeader {
  /** 16 bytes, random: what the stanzas and the message belong to. */
  readonly id: Uint8Array
  readonly stanzas: readonly Stanza[]
  /** What the MAC is made over. */
  readonly authenticated: Uint8Array
  readonly mac: Uint8Array
}

/** What the MAC is made over. */
export function encodeContainer(use: ContainerUse, id: Uint8Array, stanzas: readonly Stanza[]): Uint8Array {
  const writer = new ByteWriter()
  writer.bytes(magic)
  for (const value of [version, cobblestone256, useNumbers[use], 0]) writer.u8(value)
  writer.u32(prefixBytes + 18 + stanzas.reduce((sum, stanza) => sum + stanzaBytes(stanza), 0) + macBytes)
  writer.bytes(id)
  writer.u16(stanzas.length)
  for (const stanza of stanzas) writeStanza(writer, stanza)
  return writer.finish()
}

function stanzaBytes({ kind, parameters, body }: Stanza): number {
  return 5 + kind.length + parameters.length + body.length
}

function writeStanza(writer: ByteWriter, { kind, parameters, body }: Stanza): void {
  writer.u8(kind.length)
  writer.bytes(utf8(kind))
  writer.u16(parameters.length)
  writer.bytes(parameters)
  writer.u16(body.length)
  writer.bytes(body)
}

/**
 * How long the header is, from its first 16 bytes.
 * @throws SealError ERR_SEALED_FORMAT, ERR_SEALED_SUITE
 */
export function parsePrefix(bytes: Uint8Array, use: ContainerUse): number {
  return parseRecord(bytes.slice(0, prefixBytes), `sealed ${use}`, (reader) => readPrefix(reader, use))
}

/**
 * `bytes` is a whole header. Nothing of it is authentic yet.
 * @throws SealError ERR_SEALED_FORMAT, ERR_SEALED_SUITE
 */
export function parseContainer(bytes: Uint8Array, use: ContainerUse): ContainerHeader {
  return parseRecord(bytes, `sealed ${use}`, (reader) => {
    if (readPrefix(reader, use) !== bytes.length) throw reader.fail('it must be as long as it says', 'length')
    const id = reader.bytes(16, 'id')
    const count = reader.u16be('count of stanzas')
    if (count < 1 || count > maxStanzas) throw reader.fail(`expected 1 to ${maxStanzas} stanzas, found ${count}`)
    const stanzas = Array.from({ length: count }, () => readStanza(reader))
    return { id, stanzas, authenticated: bytes.slice(0, reader.offset), mac: reader.bytes(macBytes, 'MAC') }
  })
}

function readPrefix(reader: RecordReader, use: ContainerUse): number {
  if (decodeUtf8(reader.bytes(magic.length, 'magic')) !== 'TRSRFILE') throw reader.fail('it is none', 'magic')
  if (reader.u8('version') !== version) throw reader.fail('expected version 1', 'version')
  const suite = reader.u8('suite')
  if (suite !== cobblestone256) {
    throw new SealError('ERR_SEALED_SUITE', `sealed ${use}: expected suite cobblestone-256 (1), found ${suite}`)
  }
  if (reader.u8('use') !== useNumbers[use]) throw reader.fail('it is sealed for another use', 'use')
  reader.zeros(1, 'reserved')
  const length = reader.u32be('length')
  if (length < prefixBytes + macBytes || length > maxHeaderBytes)
    throw reader.fail('it is too long or too short', 'length')
  return length
}

function readStanza(reader: RecordReader): Stanza {
  const kind = decodeUtf8(reader.bytes(reader.u8('length of kind'), 'kind')) ?? ''
  if (!kindPattern.test(kind)) throw reader.fail('kind must be 1 to 64 characters of a-z, 0-9, -', 'kind')
  return {
    kind,
    parameters: reader.bytes(expectLength(reader, maxParameterBytes, 'parameters'), 'parameters'),
    body: reader.bytes(expectLength(reader, maxBodyBytes, 'body'), 'body')
  }
}

function expectLength(reader: RecordReader, max: number, field: string): number {
  const length = reader.u16be(`length of ${field}`)
  if (length > max) throw reader.fail(`${field} must have at most ${max} bytes`, field)
  return length
}
