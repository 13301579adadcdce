// TDREPORT: what the TDX module says about this TD, with a MAC that only this machine can check. It is no evidence for others: the
// quoting enclave turns it into a quote. Intel TDX Module ABI Specification, "TDREPORT_STRUCT".
import { createHash } from 'node:crypto'
import { EvidenceError, equalBytes, Reader } from '../../core/index.js'

const tdReportBytes = 1024

export interface TdReportStruct {
  readonly reportData: Uint8Array
  readonly cpuSvn: Uint8Array
  /** TEE_TCB_INFO: the module. */
  readonly teeTcbSvn: Uint8Array
  readonly mrSeam: Uint8Array
  readonly mrSignerSeam: Uint8Array
  /** TDINFO: the TD. */
  readonly tdAttributes: Uint8Array
  readonly xfam: Uint8Array
  readonly mrTd: Uint8Array
  readonly mrConfigId: Uint8Array
  readonly mrOwner: Uint8Array
  readonly mrOwnerConfig: Uint8Array
  readonly rtmr: readonly [Uint8Array, Uint8Array, Uint8Array, Uint8Array]
}

const tdxType = 0x81

/**
 * Reads a TDREPORT and checks that its parts are those that its head covers. Says nothing about who made it.
 * @throws EvidenceError ERR_EVIDENCE_FORMAT, ERR_EVIDENCE_VERSION
 */
export function parseTdReportStruct(bytes: Uint8Array): TdReportStruct {
  const reader = new Reader(bytes, 'TDREPORT')
  if (bytes.length !== tdReportBytes) throw reader.fail(`${bytes.length} bytes, expected ${tdReportBytes}`)
  const head = readHead(reader)
  requireDigest(bytes.subarray(256, 495), head.teeTcbInfoHash, 'teeTcbInfoHash')
  requireDigest(bytes.subarray(512), head.teeInfoHash, 'teeInfoHash')
  const { reportData, cpuSvn } = head
  return { reportData, cpuSvn, ...readTeeTcbInfo(reader), ...readTdInfo(reader) }
}

function readHead(reader: Reader) {
  readType(reader)
  reader.skip(12, 'reserved')
  const cpuSvn = reader.bytes(16, 'cpuSvn')
  const teeTcbInfoHash = reader.bytes(48, 'teeTcbInfoHash')
  const teeInfoHash = reader.bytes(48, 'teeInfoHash')
  const reportData = reader.bytes(64, 'reportData')
  reader.skip(32, 'reserved')
  reader.skip(32, 'mac')
  return { cpuSvn, teeTcbInfoHash, teeInfoHash, reportData }
}

function readType(reader: Reader): void {
  const type = reader.u8('type')
  const subtype = reader.u8('subtype')
  if (type !== tdxType || subtype !== 0) throw reader.fail(`type 0x${type.toString(16)}.${subtype} is not TDX`, 'type')
  const version = reader.u8('version')
  if (version > 1) throw new EvidenceError('ERR_EVIDENCE_VERSION', `TDREPORT: version ${version}, expected 0 or 1`)
  reader.zeros(1, 'reserved')
}

function readTeeTcbInfo(reader: Reader) {
  reader.skip(8, 'valid')
  const teeTcbSvn = reader.bytes(16, 'teeTcbSvn')
  const mrSeam = reader.bytes(48, 'mrSeam')
  const mrSignerSeam = reader.bytes(48, 'mrSignerSeam')
  reader.skip(119, 'attributes')
  reader.skip(17, 'reserved')
  return { teeTcbSvn, mrSeam, mrSignerSeam }
}

function readTdInfo(reader: Reader) {
  const register = (field: string): Uint8Array => reader.bytes(48, field)
  return {
    tdAttributes: reader.bytes(8, 'tdAttributes'),
    xfam: reader.bytes(8, 'xfam'),
    mrTd: register('mrTd'),
    mrConfigId: register('mrConfigId'),
    mrOwner: register('mrOwner'),
    mrOwnerConfig: register('mrOwnerConfig'),
    rtmr: [register('rtmr0'), register('rtmr1'), register('rtmr2'), register('rtmr3')] as const
  }
}

function requireDigest(part: Uint8Array, digest: Uint8Array, field: string): void {
  if (equalBytes(new Uint8Array(createHash('sha384').update(part).digest()), digest)) return
  throw new EvidenceError('ERR_EVIDENCE_FORMAT', `TDREPORT: ${field} is not that of its part`, { details: { field } })
}
