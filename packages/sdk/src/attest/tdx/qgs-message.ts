// Messages of Intel's quote generation service (QGS), which runs on the host and turns a TDREPORT into a quote.
// Intel TDX DCAP, quote_wrapper/qgs_msg_lib, version 1: length in big endian order, then a message in little endian order.
import { concatBytes, UnavailableError } from '../../core/index.js'

/** Quotes are 5 to 8 KiB; more is no answer. */
export const maxQgsResponseBytes = 65_536

const majorVersion = 1
const messageTypes = { getQuoteRequest: 0, getQuoteResponse: 1 } as const
const headerBytes = 16
const prefixBytes = 4

/** Asks for a quote over `tdReport` (1024 bytes), by whatever key the service has. */
export function encodeQuoteRequest(tdReport: Uint8Array): Uint8Array {
  const message = new Uint8Array(headerBytes + 8 + tdReport.length)
  const view = new DataView(message.buffer)
  view.setUint16(0, majorVersion, true)
  view.setUint32(4, messageTypes.getQuoteRequest, true)
  view.setUint32(8, message.length, true)
  view.setUint32(headerBytes, tdReport.length, true)
  message.set(tdReport, headerBytes + 8)
  const prefix = new Uint8Array(prefixBytes)
  new DataView(prefix.buffer).setUint32(0, message.length)
  return concatBytes(prefix, message)
}

/**
 * The quote out of an answer.
 * @throws UnavailableError ERR_DEVICE_RESPONSE for anything that is no answer, ERR_DEVICE_REFUSED for one that says no
 */
export function parseQuoteResponse(bytes: Uint8Array): Uint8Array {
  const message = readMessage(bytes)
  requireSuccess(message)
  const { view, body } = message
  if (body.length < 8) throw malformedAnswer(`expected two sizes, found ${body.length} bytes`)
  const [idSize, quoteSize] = [view.getUint32(headerBytes, true), view.getUint32(headerBytes + 4, true)]
  // Each is below 2^32, so that the sum is exact.
  if (idSize + quoteSize !== body.length - 8) {
    throw malformedAnswer(`id of ${idSize} and quote of ${quoteSize} bytes, found ${body.length - 8} for both`)
  }
  if (quoteSize === 0) throw malformedAnswer('the quote is empty')
  return body.slice(8 + idSize)
}

interface Message {
  readonly view: DataView
  /** Behind the header. */
  readonly body: Uint8Array
  readonly errorCode: number
}

function readMessage(bytes: Uint8Array): Message {
  if (bytes.length < prefixBytes + headerBytes) throw malformedAnswer(`expected a header, found ${bytes.length} bytes`)
  if (bytes.length > maxQgsResponseBytes)
    throw malformedAnswer(`${bytes.length} bytes, expected at most ${maxQgsResponseBytes}`)
  const message = bytes.subarray(prefixBytes)
  const view = new DataView(message.buffer, message.byteOffset, message.byteLength)
  const prefix = new DataView(bytes.buffer, bytes.byteOffset, prefixBytes).getUint32(0)
  if (prefix !== message.length) throw malformedAnswer(`its length says ${prefix} bytes, found ${message.length}`)
  const [version, type, size] = [view.getUint16(0, true), view.getUint32(4, true), view.getUint32(8, true)]
  if (version !== majorVersion) throw malformedAnswer(`version ${version}, expected ${majorVersion}`)
  if (type !== messageTypes.getQuoteResponse)
    throw malformedAnswer(`type ${type}, expected ${messageTypes.getQuoteResponse}`)
  if (size !== message.length) throw malformedAnswer(`its header says ${size} bytes, found ${message.length}`)
  return { view, body: message.subarray(headerBytes), errorCode: view.getUint32(12, true) }
}

const meanings: Readonly<Record<number, string>> = {
  73729: 'an unexpected error',
  73730: 'it has no memory for the request',
  73731: 'a parameter is incorrect',
  73732: 'it does not know the version of the request',
  73733: 'it does not know the type of the request',
  73734: 'the size of the request is wrong',
  73735: 'the request carries an error code'
}

function requireSuccess({ errorCode }: Message): void {
  if (errorCode === 0) return
  const actual = `0x${errorCode.toString(16)}`
  const reason = meanings[errorCode] ?? 'the quoting enclave failed'
  throw new UnavailableError('ERR_DEVICE_REFUSED', `quote generation service: ${reason} (error ${actual})`, {
    details: {
      field: 'error_code',
      actual,
      remedy: 'ask the operator of the host to look into the log of qgsd: often its provisioning (PCCS) is incomplete'
    }
  })
}

export function malformedAnswer(message: string): UnavailableError {
  return new UnavailableError('ERR_DEVICE_RESPONSE', `quote generation service: answer is malformed: ${message}`, {
    details: { field: 'response', remedy: 'check the port in /etc/tdx-attest.conf; the peer may be another service' }
  })
}
