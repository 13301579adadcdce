// ECDSA quotes of Intel's quoting enclaves: version 3 (SGX), 4 (SGX, TDX 1.0) and 5 (SGX, TDX 1.0, 1.5 and 1.5 extended).
// Intel SGX ECDSA Quote Library Reference (DCAP), appendix A; Intel TDX DCAP Quoting Library API, appendix A.3.
import { EvidenceError, Reader, toHex } from '../../core/index.js'
import { type Certification, readCertification, readCertificationSize } from './certification.js'
import { parseSgxReport, type SgxReport, sgxReportLength } from './sgx-report.js'
import { parseTdReport, type TdReport, tdReport10Length, tdReport15ExLength, tdReport15Length } from './td-report.js'

/** Larger input is refused at once; buffers of guest interfaces are 8 to 16 KiB. */
const maxQuoteBytes = 131_072
const intelQeVendorId = '939a7233f79c4ca9940a0db3957f0607'

export type QuoteBody =
  | { readonly tee: 'sgx'; readonly bytes: Uint8Array; readonly report: SgxReport }
  | { readonly tee: 'tdx'; readonly bytes: Uint8Array; readonly report: TdReport }

/** How the quoting enclave vouches for the attestation key. */
export interface QeCertification {
  readonly reportBytes: Uint8Array
  readonly report: SgxReport
  /** r ‖ s by the PCK over `reportBytes`. */
  readonly signature: Uint8Array
  readonly authData: Uint8Array
  readonly certification: Certification
}

export interface Quote {
  readonly version: 3 | 4 | 5
  readonly qeVendorId: Uint8Array
  /** 20 bytes, of which Intel's quoting enclaves fill the first 16 with the platform's id. */
  readonly userData: Uint8Array
  readonly body: QuoteBody
  /** Header and body: what `signature` (r ‖ s) covers. */
  readonly signedBytes: Uint8Array
  readonly signature: Uint8Array
  /** x ‖ y on P-256. */
  readonly attestationKey: Uint8Array
  readonly qe: QeCertification
  /** The attestation key and all that vouches for it, as it stands in the quote: the same in every quote of a quoting enclave. */
  readonly keyBytes: Uint8Array
  /** Bytes of the quote itself; guest interfaces pad it to their buffer. */
  readonly byteLength: number
}

/**
 * Reads a quote. Bytes after it are accepted only where all are zero: the padding of a guest's buffer.
 * @throws EvidenceError ERR_EVIDENCE_FORMAT, ERR_EVIDENCE_VERSION
 */
export function parseQuote(bytes: Uint8Array): Quote {
  const reader = new Reader(bytes, 'quote')
  if (bytes.length > maxQuoteBytes) throw reader.fail(`${bytes.length} bytes, expected at most ${maxQuoteBytes}`)
  const header = readHeader(reader)
  const body = readBody(reader, header)
  const signedBytes = bytes.slice(0, reader.offset)
  const signatureData = readSignatureData(reader, header.version)
  const byteLength = reader.offset
  reader.zeros(reader.remaining, 'padding')
  return { ...header, body, signedBytes, ...signatureData, byteLength }
}

interface Header {
  readonly version: 3 | 4 | 5
  readonly tee: 'sgx' | 'tdx'
  readonly qeVendorId: Uint8Array
  readonly userData: Uint8Array
}

function readHeader(reader: Reader): Header {
  const version = reader.u16le('version')
  if (version !== 3 && version !== 4 && version !== 5) throw unsupported(`version ${version}, expected 3, 4 or 5`)
  const keyType = reader.u16le('attestation key type')
  if (keyType !== 2) throw unsupported(`attestation key type ${keyType}, expected 2 (ECDSA P-256)`)
  const tee = readTee(reader, version)
  reader.skip(4, 'reserved')
  const qeVendorId = reader.bytes(16, 'qeVendorId')
  if (toHex(qeVendorId) !== intelQeVendorId) throw reader.fail('QE vendor id is not that of Intel', 'qeVendorId')
  return { version, tee, qeVendorId, userData: reader.bytes(20, 'userData') }
}

/** Version 3 has a reserved word in place of the TEE type. */
function readTee(reader: Reader, version: number): 'sgx' | 'tdx' {
  const type = reader.u32le('tee type')
  if (type === 0) return 'sgx'
  if (type === 0x81 && version > 3) return 'tdx'
  throw reader.fail(`TEE type 0x${type.toString(16)} in a quote of version ${version}`, 'tee type')
}

function unsupported(message: string): EvidenceError {
  return new EvidenceError('ERR_EVIDENCE_VERSION', `quote: ${message}`)
}

const bodyLengths: Readonly<Record<number, { readonly tee: 'sgx' | 'tdx'; readonly length: number }>> = {
  1: { tee: 'sgx', length: sgxReportLength },
  2: { tee: 'tdx', length: tdReport10Length },
  3: { tee: 'tdx', length: tdReport15Length },
  4: { tee: 'tdx', length: tdReport15ExLength }
}

function readBody(reader: Reader, header: Header): QuoteBody {
  const length = header.version === 5 ? readBodyLength(reader, header.tee) : lengthOf(header.tee)
  const bytes = reader.bytes(length, 'body')
  if (header.tee === 'sgx') return { tee: 'sgx', bytes, report: parseSgxReport(bytes) }
  return { tee: 'tdx', bytes, report: parseTdReport(bytes) }
}

function lengthOf(tee: 'sgx' | 'tdx'): number {
  return tee === 'sgx' ? sgxReportLength : tdReport10Length
}

function readBodyLength(reader: Reader, tee: 'sgx' | 'tdx'): number {
  const type = reader.u16le('body type')
  const size = reader.u32le('body size')
  const known = bodyLengths[type]
  if (known === undefined || known.tee !== tee) throw reader.fail(`body type ${type} in a quote of ${tee}`, 'body type')
  if (known.length !== size) throw reader.fail(`body of ${size} bytes, expected ${known.length}`, 'body size')
  return size
}

type SignatureData = Pick<Quote, 'signature' | 'attestationKey' | 'qe' | 'keyBytes'>

/** From version 4 on, the QE's report stands inside certification data of type 6. Every length must be met exactly. */
function readSignatureData(reader: Reader, version: number): SignatureData {
  const length = reader.u32le('signature data length')
  if (length > reader.remaining)
    throw reader.fail(`signature data of ${length} bytes, found ${reader.remaining}`, 'signature data length')
  const bytes = reader.bytes(length, 'signature data')
  const data = new Reader(bytes, 'quote signature data')
  const signature = data.bytes(64, 'signature')
  const attestationKey = data.bytes(64, 'attestation key')
  const qe = version === 3 ? readQe(data) : readWrappedQe(data)
  data.end()
  return { signature, attestationKey, qe, keyBytes: bytes.subarray(signature.length) }
}

function readWrappedQe(data: Reader): QeCertification {
  const type = data.u16le('certification data type')
  if (type !== 6) throw data.fail(`certification data of type ${type}, expected 6`, 'certification data type')
  const inner = new Reader(
    data.bytes(readCertificationSize(data), 'certification data'),
    'QE report certification data'
  )
  const qe = readQe(inner)
  inner.end()
  return qe
}

function readQe(reader: Reader): QeCertification {
  const reportBytes = reader.bytes(sgxReportLength, 'QE report')
  const signature = reader.bytes(64, 'QE report signature')
  const authData = reader.bytes(reader.u16le('QE authentication data size'), 'QE authentication data')
  const certification = readCertification(reader)
  return { reportBytes, report: parseSgxReport(reportBytes, 'QE report'), signature, authData, certification }
}
