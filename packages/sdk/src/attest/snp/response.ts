// What a device answered must be the answer to what was asked: a report of known size and version, over our report data.
import { equalBytes, UnavailableError } from '../../core/index.js'
import { snpReportBytes } from '../../evidence/index.js'

const reportDataOffset = 0x50

/**
 * The report, unchanged.
 * @throws UnavailableError ERR_DEVICE_RESPONSE
 */
export function expectSnpReport(report: Uint8Array, reportData: Uint8Array, provider: string): Uint8Array {
  if (report.length !== snpReportBytes) {
    throw unexpected(provider, 'report', `${snpReportBytes} bytes`, `${report.length} bytes`)
  }
  const version = new DataView(report.buffer, report.byteOffset, report.byteLength).getUint32(0, true)
  if (version < 2) throw unexpected(provider, 'version', '2 or newer', String(version))
  const actual = report.subarray(reportDataOffset, reportDataOffset + 64)
  if (!equalBytes(actual, reportData)) throw unexpected(provider, 'reportData', 'what was asked for', 'something else')
  return report
}

function unexpected(provider: string, field: string, expected: string, actual: string): UnavailableError {
  return new UnavailableError('ERR_DEVICE_RESPONSE', `${provider} ${field}: expected ${expected}, found ${actual}`, {
    details: { provider, field, expected, actual, remedy: 'report it, with the versions of kernel and firmware' }
  })
}
