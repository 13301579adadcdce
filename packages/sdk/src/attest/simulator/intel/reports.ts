// Bodies of quotes: what the CPU says of an enclave and what the TDX module says of a TD. Encoders of what evidence/quote reads.
// Intel SGX ECDSA Quote Library Reference, appendix A.4; Intel TDX DCAP Quoting Library API, revision 0.9, appendix A.3.2.
import { concatBytes } from '../../../core/index.js'
import type { SgxReport, TdReport, TdReportExtended } from '../../../evidence/quote/index.js'

/** The body of 584 bytes (TD 1.0), of 648 where the fields of TD 1.5 are there, or of 885 where the extended ones are, too. */
export function encodeTdReport(report: TdReport): Uint8Array {
  const base = concatBytes(
    sized(report.teeTcbSvn, 16),
    sized(report.mrSeam, 48),
    sized(report.mrSignerSeam, 48),
    sized(report.seamAttributes, 8),
    sized(report.tdAttributes, 8),
    sized(report.xfam, 8),
    sized(report.mrTd, 48),
    sized(report.mrConfigId, 48),
    sized(report.mrOwner, 48),
    sized(report.mrOwnerConfig, 48),
    ...report.rtmr.map((register) => sized(register, 48)),
    sized(report.reportData, 64)
  )
  const { teeTcbSvn2, mrServiceTd, extended } = report
  if (teeTcbSvn2 === undefined || mrServiceTd === undefined) return base
  const report15 = concatBytes(base, sized(teeTcbSvn2, 16), sized(mrServiceTd, 48))
  return extended === undefined ? report15 : concatBytes(report15, encodeExtended(extended))
}

function encodeExtended(extended: TdReportExtended): Uint8Array {
  return concatBytes(
    Uint8Array.of(extended.vmid),
    sized(extended.tdId, 32),
    sized(extended.deviceInfo, 48),
    sized(extended.initialServiceTdHash, 48),
    sized(extended.initialServiceTdAttributes, 8),
    sized(extended.initialCpuSvn, 16),
    sized(extended.initialTeeTcbSvn, 16),
    sized(extended.initialFmspc, 12),
    sized(extended.currentServiceTdHash, 48),
    sized(extended.currentServiceTdAttributes, 8)
  )
}

/** The body of 384 bytes. */
export function encodeSgxReport(report: SgxReport): Uint8Array {
  return concatBytes(
    sized(report.cpuSvn, 16),
    sized(report.miscSelect, 4),
    new Uint8Array(12),
    sized(report.isvExtProdId, 16),
    sized(report.attributes, 16),
    sized(report.mrEnclave, 32),
    new Uint8Array(32),
    sized(report.mrSigner, 32),
    new Uint8Array(32),
    sized(report.configId, 64),
    u16(report.isvProdId),
    u16(report.isvSvn),
    u16(report.configSvn),
    new Uint8Array(42),
    sized(report.isvFamilyId, 16),
    sized(report.reportData, 64)
  )
}

/** A field of another length would shift all that follow. */
function sized(bytes: Uint8Array, length: number): Uint8Array {
  if (bytes.length !== length) throw new RangeError(`field of ${bytes.length} bytes, expected ${length}`)
  return bytes
}

/** Little endian. */
export function u16(value: number): Uint8Array {
  return Uint8Array.of(value & 0xff, (value >> 8) & 0xff)
}

/** Little endian. */
export function u32(value: number): Uint8Array {
  const out = new Uint8Array(4)
  new DataView(out.buffer).setUint32(0, value, true)
  return out
}
