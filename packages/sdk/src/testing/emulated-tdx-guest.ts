// What a TD sees of the outside: /dev/tdx_guest (Linux drivers/virt/coco/tdx-guest), and Intel's quote generation service on the host
// (qgs_msg_lib, version 1). As functions, for tests without either.
import { encodeTdReportStruct, isReportOf } from '../attest/simulator/intel/index.js'
import { concatBytes } from '../core/index.js'
import type { TdReport } from '../evidence/quote/index.js'
import type { FakeIntel } from './fake-intel.js'

export interface EmulatedTdxGuest {
  /** TDX_CMD_GET_REPORT0: 64 bytes in, 1024 out. */
  getReport(reportData: Uint8Array): Uint8Array
  /** The service: a request with its length in front, an answer of the same form. */
  answerQuoteRequest(request: Uint8Array): Uint8Array
}

const errors = { invalidParameter: 0x1_2003, invalidVersion: 0x1_2004, invalidType: 0x1_2005, invalidSize: 0x1_2006 }
const headerBytes = 16
const reportBytes = 1024

/** The device of the TD of `intel`, and the service of its host. */
export function emulateTdxGuest(intel: FakeIntel): EmulatedTdxGuest {
  const { platform } = intel
  return {
    getReport: (reportData) => encodeTdReportStruct(platform, intel.describeTd(reportData)),
    answerQuoteRequest: (request) => {
      const report = readRequest(request)
      if (typeof report === 'number') return encodeAnswer(new Uint8Array(0), report)
      if (!isReportOf(platform, report)) return encodeAnswer(new Uint8Array(0), errors.invalidParameter)
      return encodeAnswer(encodeQuote(intel.tdxQuote(report.slice(128, 192), { fields: readFields(report) })), 0)
    }
  }
}

/** The TDREPORT, or the error code with which the service refuses. */
function readRequest(request: Uint8Array): Uint8Array | number {
  if (request.length < 4 + headerBytes + 8) return errors.invalidSize
  const view = new DataView(request.buffer, request.byteOffset, request.byteLength)
  const size = request.length - 4
  if (view.getUint32(0) !== size || view.getUint32(12, true) !== size) return errors.invalidSize
  if (view.getUint16(4, true) !== 1) return errors.invalidVersion
  if (view.getUint32(8, true) !== 0) return errors.invalidType
  const [reportSize, idSize] = [view.getUint32(20, true), view.getUint32(24, true)]
  if (reportSize !== reportBytes || size !== headerBytes + 8 + reportSize + idSize) return errors.invalidSize
  return request.slice(28, 28 + reportSize)
}

/** The quote is about what the TDREPORT says, not about what the TD is at the time. */
function readFields(report: Uint8Array): Partial<TdReport> {
  const rtmr = [0, 1, 2, 3].map((i) => report.slice(720 + 48 * i, 768 + 48 * i))
  return { mrTd: report.slice(528, 576), rtmr: rtmr as unknown as TdReport['rtmr'] } // four of them
}

/** No id was asked for, so none was selected. */
function encodeQuote(quote: Uint8Array): Uint8Array {
  const sizes = new Uint8Array(8)
  new DataView(sizes.buffer).setUint32(4, quote.length, true)
  return concatBytes(sizes, quote)
}

function encodeAnswer(body: Uint8Array, errorCode: number): Uint8Array {
  const size = headerBytes + body.length
  const head = new Uint8Array(4 + headerBytes)
  const view = new DataView(head.buffer)
  view.setUint32(0, size)
  view.setUint16(4, 1, true)
  view.setUint32(8, 1, true)
  view.setUint32(12, size, true)
  view.setUint32(16, errorCode, true)
  return concatBytes(head, body)
}
