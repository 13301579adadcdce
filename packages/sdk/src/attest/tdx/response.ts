// What a device answered must be the answer to what was asked: a TDREPORT or a quote of a TD, over our report data.
import { type ErrorDetails, EvidenceError, equalBytes, UnavailableError } from '../../core/index.js'
import { parseQuote } from '../../evidence/quote/index.js'
import { parseTdReportStruct } from './tdreport.js'

/**
 * The quote without the padding of the buffer that it came in.
 * @throws UnavailableError ERR_DEVICE_RESPONSE
 */
export function expectTdxQuote(bytes: Uint8Array, reportData: Uint8Array, provider: string): Uint8Array {
  const { body, byteLength } = parsed(() => parseQuote(bytes), provider, 'quote')
  if (body.tee !== 'tdx') throw unexpected(provider, 'quote', { expected: 'one of a TD', actual: 'one of an enclave' })
  requireReportData(body.report.reportData, reportData, provider)
  return bytes.slice(0, byteLength)
}

/**
 * The TDREPORT, unchanged.
 * @throws UnavailableError ERR_DEVICE_RESPONSE
 */
export function expectTdReport(bytes: Uint8Array, reportData: Uint8Array, provider: string): Uint8Array {
  const report = parsed(() => parseTdReportStruct(bytes), provider, 'TDREPORT')
  requireReportData(report.reportData, reportData, provider)
  return bytes
}

function requireReportData(actual: Uint8Array, expected: Uint8Array, provider: string): void {
  if (equalBytes(actual, expected)) return
  throw unexpected(provider, 'reportData', { expected: 'what was asked for', actual: 'something else' })
}

function parsed<T>(parse: () => T, provider: string, field: string): T {
  try {
    return parse()
  } catch (error) {
    if (!(error instanceof EvidenceError)) throw error
    throw unexpected(provider, field, { expected: 'a well-formed one', actual: error.message }, error)
  }
}

function unexpected(provider: string, field: string, details: ErrorDetails, cause?: unknown): UnavailableError {
  const remedy = 'report it, with the versions of kernel, TDX module and quote generation service'
  const message = `${provider} ${field}: expected ${details.expected}, found ${details.actual}`
  return new UnavailableError('ERR_DEVICE_RESPONSE', message, {
    cause,
    details: { ...details, provider, field, remedy }
  })
}
