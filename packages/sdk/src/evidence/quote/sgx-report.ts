// The SGX report body of 384 bytes: the body of an SGX quote, and the quoting enclave's own report in every quote.
// Intel SGX ECDSA Quote Library Reference (DCAP), appendix A.4 "Enclave Report Body".
import { Reader } from '../../core/index.js'

export const sgxReportLength = 384

export interface SgxReport {
  readonly cpuSvn: Uint8Array
  /** As in the report, little endian. */
  readonly miscSelect: Uint8Array
  readonly attributes: Uint8Array
  readonly mrEnclave: Uint8Array
  readonly mrSigner: Uint8Array
  readonly configId: Uint8Array
  readonly isvProdId: number
  readonly isvSvn: number
  readonly configSvn: number
  readonly isvExtProdId: Uint8Array
  readonly isvFamilyId: Uint8Array
  readonly reportData: Uint8Array
}

/** @throws EvidenceError ERR_EVIDENCE_FORMAT unless `bytes` has 384 bytes */
export function parseSgxReport(bytes: Uint8Array, what = 'SGX report'): SgxReport {
  const reader = new Reader(bytes, what)
  const cpuSvn = reader.bytes(16, 'cpuSvn')
  const miscSelect = reader.bytes(4, 'miscSelect')
  reader.skip(12, 'reserved')
  const isvExtProdId = reader.bytes(16, 'isvExtProdId')
  const attributes = reader.bytes(16, 'attributes')
  const mrEnclave = reader.bytes(32, 'mrEnclave')
  reader.skip(32, 'reserved')
  const mrSigner = reader.bytes(32, 'mrSigner')
  reader.skip(32, 'reserved')
  const configId = reader.bytes(64, 'configId')
  const isvProdId = reader.u16le('isvProdId')
  const isvSvn = reader.u16le('isvSvn')
  const configSvn = reader.u16le('configSvn')
  reader.skip(42, 'reserved')
  const isvFamilyId = reader.bytes(16, 'isvFamilyId')
  const reportData = reader.bytes(64, 'reportData')
  reader.end()
  return {
    cpuSvn,
    miscSelect,
    attributes,
    mrEnclave,
    mrSigner,
    configId,
    isvProdId,
    isvSvn,
    configSvn,
    isvExtProdId,
    isvFamilyId,
    reportData
  }
}

/** True when bit 1 of the attribute flags is set: the enclave's memory can be read and written by a debugger. */
export function isDebugEnclave(report: SgxReport): boolean {
  return ((report.attributes[0] ?? 0) & 2) !== 0
}
