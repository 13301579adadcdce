// Where the parts of a quote lie: written down once more, so that mutations do not depend on the parser that they test.
// Intel SGX ECDSA Quote Library Reference (DCAP), appendix A; Intel TDX DCAP Quoting Library API, appendix A.3.
import { concatBytes } from '../../../packages/sdk/src/core/index.js'

/** Offset and length in bytes. */
export interface Span {
  readonly at: number
  readonly length: number
}

export interface QuoteLayout {
  readonly version: number
  readonly header: Span
  readonly body: Span
  readonly signature: Span
  readonly attestationKey: Span
  readonly qeReport: Span
  readonly qeSignature: Span
  readonly authData: Span
  readonly certification: Span
  /** Integers in little endian that say how long something is, or of which type. */
  readonly lengths: readonly Span[]
  /** Of those, the ones that count the certification data, innermost first. */
  readonly around: readonly number[]
}

/** For a well-formed quote only. */
export function layoutOf(quote: Uint8Array): QuoteLayout {
  const view = new DataView(quote.buffer, quote.byteOffset, quote.byteLength)
  const version = view.getUint16(0, true)
  const isSgx = view.getUint32(4, true) === 0
  const bodyAt = version === 5 ? 54 : 48
  const bodyLength = version === 5 ? view.getUint32(50, true) : isSgx ? 384 : 584
  const total = bodyAt + bodyLength
  const signature = total + 4
  const wrapper = signature + 128
  const qeReport = version === 3 ? wrapper : wrapper + 6
  const authSize = qeReport + 448
  const authLength = view.getUint16(authSize, true)
  const certType = authSize + 2 + authLength
  const wrapped = version === 3 ? [] : [wrapper + 2]
  const sizes = [certType + 2, ...wrapped, total]
  return {
    version,
    header: { at: 0, length: bodyAt },
    body: { at: bodyAt, length: bodyLength },
    signature: { at: signature, length: 64 },
    attestationKey: { at: signature + 64, length: 64 },
    qeReport: { at: qeReport, length: 384 },
    qeSignature: { at: qeReport + 384, length: 64 },
    authData: { at: authSize + 2, length: authLength },
    certification: { at: certType + 6, length: view.getUint32(certType + 2, true) },
    lengths: [
      ...sizes.map((at) => ({ at, length: 4 })),
      ...[authSize, certType, ...wrapped.map((at) => at - 2)].map((at) => ({ at, length: 2 })),
      ...(version === 5
        ? [
            { at: 48, length: 2 },
            { at: 50, length: 4 }
          ]
        : [])
    ],
    around: sizes
  }
}

/** The quote with other certification data, and every length around it corrected. */
export function withCertification(quote: Uint8Array, certification: Uint8Array): Uint8Array {
  const { certification: old, around } = layoutOf(quote)
  return splice(quote, old, certification, around)
}

/** The quote with bytes behind the certification data, counted by the lengths from the `outer`th on. */
export function withBytesInside(quote: Uint8Array, bytes: Uint8Array, outer: number): Uint8Array {
  const { certification, around } = layoutOf(quote)
  return splice(quote, { at: certification.at + certification.length, length: 0 }, bytes, around.slice(outer))
}

function splice(quote: Uint8Array, { at, length }: Span, bytes: Uint8Array, sizes: readonly number[]): Uint8Array {
  const out = concatBytes(quote.subarray(0, at), bytes, quote.subarray(at + length))
  const view = new DataView(out.buffer, out.byteOffset)
  for (const size of sizes) view.setUint32(size, view.getUint32(size, true) + bytes.length - length, true)
  return out
}
