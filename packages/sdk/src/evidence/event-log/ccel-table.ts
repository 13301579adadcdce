// The ACPI table CCEL: where firmware left the event log, and for which kind of TEE. The log itself stands elsewhere in memory; files that
// were put together by hand may have it right behind. UEFI 2.10, section 38.4; ACPI 6.5, section 5.2.34.
import { Reader, utf8 } from '../../core/index.js'

export interface CcelTable {
  /** 1 SEV, 2 TDX. */
  readonly ccType: number
  readonly ccSubtype: number
  /** Bytes that firmware set aside for the log, and where. */
  readonly areaBytes: bigint
  readonly address: bigint
  /** What stands behind the table. */
  readonly rest: Uint8Array
}

const tableBytes = 56
const signature = utf8('CCEL')

export function isLikelyCcelTable(bytes: Uint8Array): boolean {
  return signature.every((byte, i) => bytes[i] === byte)
}

/** @throws EvidenceError ERR_EVIDENCE_FORMAT */
export function parseCcelTable(bytes: Uint8Array): CcelTable {
  const reader = new Reader(bytes, 'ACPI table CCEL')
  if (!isLikelyCcelTable(bytes)) throw reader.fail('expected the signature CCEL', 'signature')
  reader.skip(4, 'signature')
  const length = reader.u32le('length')
  if (length !== tableBytes) throw reader.fail(`${length} bytes, expected ${tableBytes}`, 'length')
  reader.skip(28, 'revision, checksum, OEM and creator')
  const ccType = reader.u8('CC type')
  const ccSubtype = reader.u8('CC subtype')
  reader.zeros(2, 'reserved')
  const areaBytes = reader.u64le('log area length')
  const address = reader.u64le('log area address')
  if (bytes.subarray(0, tableBytes).reduce((sum, byte) => (sum + byte) & 0xff, 0) !== 0) {
    throw reader.fail('the checksum does not match', 'checksum')
  }
  return { ccType, ccSubtype, areaBytes, address, rest: reader.bytes(reader.remaining, 'event log') }
}
