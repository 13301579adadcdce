// The event log of a TD's firmware and boot loader (ACPI table CCEL): one TCG_PCClientPCREvent with the specification id, then
// TCG_PCR_EVENT2 records. TCG PC Client Platform Firmware Profile 1.06, section 10; UEFI 2.10, section 38.4 for the indexes.
import { type EvidenceError, Reader, toHex } from '../../core/index.js'

/** Event logs of real machines are 2 to 64 KiB; the table around them may be larger, and is filled up. */
const maxLogBytes = 1 << 20
const maxEvents = 4096
const maxAlgorithms = 8
const maxEventBytes = 262_144
const specIdSignature = '53706563204944204576656e743033'

/** TPM_ALG_ID of SHA-384: the only algorithm that extends a runtime measurement register. */
const sha384 = 0x000c
const evNoAction = 3
const filler = 0xffff_ffff

export interface LoggedEvent {
  /** 0 MRTD, 1 to 4 for RTMR 0 to 3. */
  readonly mrIndex: number
  readonly type: number
  /** SHA-384 digest of 48 bytes that was extended. */
  readonly digest: Uint8Array
  /** What was measured, or a description of it. Not covered by the digest in general. */
  readonly data: Uint8Array
}

/**
 * Reads a log up to its filler or end. Says nothing about truth: replay it against registers.
 * @throws EvidenceError ERR_EVIDENCE_FORMAT
 */
export function parseEventLog(bytes: Uint8Array): readonly LoggedEvent[] {
  return readLog(bytes).events
}

/**
 * Where the log ends in bytes that may be filled up: tables are larger than what stands in them.
 * @throws EvidenceError as `parseEventLog`
 */
export function eventLogLength(bytes: Uint8Array): number {
  return readLog(bytes).byteLength
}

interface Log {
  readonly events: readonly LoggedEvent[]
  readonly byteLength: number
}

function readLog(bytes: Uint8Array): Log {
  const reader = new Reader(bytes, 'event log')
  if (bytes.length > maxLogBytes) throw reader.fail(`${bytes.length} bytes, expected at most ${maxLogBytes}`)
  const digestLengths = readSpecId(reader)
  const events: LoggedEvent[] = []
  let byteLength = reader.offset
  while (reader.remaining >= 4) {
    const mrIndex = reader.u32le('register index')
    if (mrIndex === filler || isEnd(mrIndex, bytes, reader.offset)) break
    if (events.length === maxEvents) throw reader.fail(`more than ${maxEvents} events`)
    events.push(readEvent(reader, mrIndex, digestLengths))
    byteLength = reader.offset
  }
  return { events, byteLength }
}

/** Events that extend a register: firmware also logs remarks. */
export function isExtending(event: LoggedEvent): boolean {
  return event.type !== evNoAction
}

/** The first event is in the old format and names the digests of all others. */
function readSpecId(reader: Reader): ReadonlyMap<number, number> {
  reader.skip(4, 'register index')
  if (reader.u32le('event type') !== evNoAction) throw reader.fail('expected a specification id event first')
  reader.zeros(20, 'digest')
  const event = new Reader(reader.bytes(readEventSize(reader), 'specification id'), 'event log specification id')
  if (toHex(event.bytes(15, 'signature')) !== specIdSignature)
    throw event.fail('expected the signature Spec ID Event03', 'signature')
  event.skip(9, 'version')
  return readDigestLengths(event)
}

function readDigestLengths(event: Reader): ReadonlyMap<number, number> {
  const count = event.u32le('number of algorithms')
  if (count === 0 || count > maxAlgorithms) throw event.fail(`${count} algorithms, expected 1 to ${maxAlgorithms}`)
  const lengths = new Map<number, number>()
  for (let i = 0; i < count; i++) {
    const algorithm = event.u16le('algorithm')
    const length = event.u16le('digest size')
    if (length === 0 || length > 64 || (algorithm === sha384 && length !== 48))
      throw event.fail(`digest of ${length} bytes`)
    lengths.set(algorithm, length)
  }
  event.skip(event.u8('vendor information size'), 'vendor information')
  return lengths
}

function readEvent(reader: Reader, mrIndex: number, digestLengths: ReadonlyMap<number, number>): LoggedEvent {
  if (mrIndex > 4) throw reader.fail(`register index ${mrIndex}, expected 0 to 4`, 'register index')
  const type = reader.u32le('event type')
  const digest = readDigest(reader, digestLengths)
  return { mrIndex, type, digest, data: reader.bytes(readEventSize(reader), 'event') }
}

function readDigest(reader: Reader, digestLengths: ReadonlyMap<number, number>): Uint8Array {
  const count = reader.u32le('number of digests')
  if (count === 0 || count > maxAlgorithms) throw reader.fail(`${count} digests, expected 1 to ${maxAlgorithms}`)
  let found: Uint8Array | undefined
  for (let i = 0; i < count; i++) {
    const algorithm = reader.u16le('algorithm')
    const length = digestLengths.get(algorithm)
    if (length === undefined) throw unknownAlgorithm(reader, algorithm)
    const digest = reader.bytes(length, 'digest')
    if (algorithm === sha384) found = digest
  }
  if (found === undefined) throw reader.fail('an event has no SHA-384 digest', 'digest')
  return found
}

function unknownAlgorithm(reader: Reader, algorithm: number): EvidenceError {
  return reader.fail(`algorithm 0x${algorithm.toString(16)} is not declared`, 'algorithm')
}

function readEventSize(reader: Reader): number {
  const size = reader.u32le('event size')
  if (size > maxEventBytes) throw reader.fail(`event of ${size} bytes, expected at most ${maxEventBytes}`, 'event size')
  return size
}

/** Some firmware fills the table with zeros: an index of 0 with nothing but zeros after it is the end. */
function isEnd(mrIndex: number, bytes: Uint8Array, offset: number): boolean {
  return mrIndex === 0 && bytes.subarray(offset).every((byte) => byte === 0)
}
